import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { Client } from 'pg';
import { copyRows, dumpRows } from '../extract-load/copy-baseline.ts';
import { extract, type Extraction } from '../extract-load/extract.ts';
import { startProcess } from '../measuring/child-process.ts';
import { spreadOf, type Spread } from '../measuring/statistics.ts';

const SOURCE = fileURLToPath(new URL('source.ts', import.meta.url));
const ASSET = 'raw.battery_eval_results';

/** A part of an evaluation folder beside zcat and COPY, in one run. */
export interface EvaluationPartFigures {
  readonly rows: number;
  readonly extraction: Spread;
  readonly copy: Spread;
  /** Extraction over zcat and COPY, pair by pair. */
  readonly ratio: Spread;
  readonly extractionCpu: Spread;
  readonly peakMegabytes: number;
}

/**
 * Times the load of one compressed JSON Lines part from an object store (staged, then published), in turn with decompressing a file of the very
 * same rows into a single-stream COPY into the same table, emptied before each.
 */
export async function measureEvaluationPart(options: {
  readonly devices: number;
  readonly pairs: number;
}): Promise<EvaluationPartFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'ovis-bench-'));
  const dumped = { asset: ASSET, file: join(folder, 'rows.copy.gz'), isCompressed: true } as const;
  await using server = await startPostgres({ settings: { max_wal_size: '4GB', shared_buffers: '256MB' } });
  await migrateUp({ databaseUrl: server.url });
  await using source = startProcess(SOURCE, [String(options.devices)]);
  const [settings = '{}'] = await source.line(/^\{.*\}$/);
  const env = { DATABASE_URL: server.url, ...(JSON.parse(settings) as Record<string, string>) };
  const administrator = new Client({ connectionString: server.url });
  await administrator.connect();
  try {
    const pairs: { extraction: Extraction; copySeconds: number }[] = [];
    // One pair more than asked for: the first warms caches up and makes the months, and does not count.
    for (let pair = 0; pair <= options.pairs; pair++) {
      await administrator.query(`truncate ${ASSET}`);
      await administrator.query('checkpoint');
      const extraction = await extract(env, ASSET);
      await dumpRows(administrator, dumped);
      const copySeconds = await copyRows(administrator, dumped);
      if (pair > 0) pairs.push({ extraction, copySeconds });
    }
    return {
      rows: pairs[0]?.extraction.rows ?? 0,
      extraction: spreadOf(pairs.map((pair) => pair.extraction.seconds)),
      copy: spreadOf(pairs.map((pair) => pair.copySeconds)),
      ratio: spreadOf(pairs.map((pair) => pair.extraction.seconds / pair.copySeconds)),
      extractionCpu: spreadOf(pairs.map((pair) => pair.extraction.cpuSeconds)),
      peakMegabytes: Math.max(...pairs.map((pair) => pair.extraction.peakMegabytes)),
    };
  } finally {
    await administrator.end();
    await rm(folder, { recursive: true });
  }
}
