import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@ovis/dev-stack';
import { migrateUp } from '@ovis/warehouse';
import { Client } from 'pg';
import { BenchError } from '../errors.ts';
import { startProcess } from '../measuring/child-process.ts';
import { spreadOf, type Spread } from '../measuring/statistics.ts';
import { extractWithDlt, prepareDlt, type DltExtraction } from '../peers/dlt.ts';
import { copyRows, dumpRows, type MeasuredAsset } from './copy-baseline.ts';
import { extract, startWorkers, type Extraction } from './extract.ts';

const SIMULATOR = fileURLToPath(new URL('../../../fleet-simulator/src/cli/main.ts', import.meta.url));
const RECORDER = fileURLToPath(new URL('recorder.ts', import.meta.url));
/** Extraction beside COPY, in one run. */
export interface ExtractLoadFigures {
  readonly rows: number;
  readonly megabytes: number;
  readonly extraction: Spread;
  readonly copy: Spread;
  /** Extraction over COPY, pair by pair. */
  readonly ratio: Spread;
  /** The same extraction again, with force, over the first. */
  readonly forcedRatio: Spread;
  readonly extractionCpu: Spread;
  /** CPU seconds of the source per extraction; null where the system does not tell. */
  readonly sourceCpu: Spread | null;
  readonly peakMegabytes: number;
  /** The same extraction by dlt, once; or why there is none. */
  readonly dlt: DltExtraction | string;
}

/**
 * Times extract + project + load of a fleet's device states or aggregates over real sockets, in turn with a single-stream COPY of the very same
 * rows from a file into the same table, emptied before each. The fleet's answers are recorded first and given out again, over the same sockets,
 * so that computing them takes no part of the processors.
 */
export async function measureExtractLoad(options: {
  readonly asset: MeasuredAsset;
  readonly devices: number;
  readonly pairs: number;
  /** Processes that extract, the one whose CPU and memory are told included. */
  readonly workers: number;
}): Promise<ExtractLoadFigures> {
  const { asset } = options;
  const folder = await mkdtemp(join(tmpdir(), 'ovis-bench-'));
  const dumped = { asset, file: join(folder, 'rows.copy'), isCompressed: false };
  await using server = await startPostgres({ settings: { max_wal_size: '4GB', shared_buffers: '256MB' } });
  await migrateUp({ databaseUrl: server.url });
  // Its clock stands still, so that what it answered once is what it would answer again.
  await using simulator = startProcess(SIMULATOR, [
    '--devices',
    String(options.devices),
    '--now',
    new Date().toISOString(),
  ]);
  const [, simulated = ''] = await simulator.line(/^OVIS_SHARDS=(.+)$/);
  await using recorder = startProcess(RECORDER, simulated.split(','));
  const [, shards = ''] = await recorder.line(/^OVIS_SHARDS=(.+)$/);
  const env = { DATABASE_URL: server.url, OVIS_SHARDS: shards, OVIS_USERNAME: 'ovis', OVIS_PASSWORD: 'secret' };
  await using helpers = await startWorkers(env, options.workers - 1);
  const administrator = new Client({ connectionString: server.url });
  await administrator.connect();
  try {
    const pairs: { extraction: Extraction; again: Extraction; copySeconds: number; sourceCpu: number | null }[] = [];
    let bytes = 0;
    // One pair more than asked for: the first warms caches up, makes the months and the recording, and does not count.
    for (let pair = 0; pair <= options.pairs; pair++) {
      await administrator.query(`truncate ${asset}`);
      await administrator.query('checkpoint');
      const before = await cpuSeconds(recorder.pid);
      const extraction = await extract(env, asset, helpers.count);
      const after = await cpuSeconds(recorder.pid);
      // The same again: every row is asked for, compared and left alone.
      const again = await extract(env, asset, helpers.count);
      if (again.unchanged !== extraction.rows)
        throw new BenchError(`of ${String(extraction.rows)} rows ${String(again.unchanged)} were unchanged`);
      bytes = await dumpRows(administrator, dumped);
      const copySeconds = await copyRows(administrator, dumped);
      const sourceCpu = before === null || after === null ? null : after - before;
      if (pair > 0) pairs.push({ extraction, again, copySeconds, sourceCpu });
    }
    const dlt = await compareWithDlt(env, asset, administrator);
    const cpu = pairs.flatMap((pair) => (pair.sourceCpu === null ? [] : [pair.sourceCpu]));
    return {
      rows: pairs[0]?.extraction.rows ?? 0,
      megabytes: bytes / 1e6,
      extraction: spreadOf(pairs.map((pair) => pair.extraction.seconds)),
      copy: spreadOf(pairs.map((pair) => pair.copySeconds)),
      ratio: spreadOf(pairs.map((pair) => pair.extraction.seconds / pair.copySeconds)),
      forcedRatio: spreadOf(pairs.map((pair) => pair.again.seconds / pair.extraction.seconds)),
      extractionCpu: spreadOf(pairs.map((pair) => pair.extraction.cpuSeconds)),
      sourceCpu: cpu.length === 0 ? null : spreadOf(cpu),
      peakMegabytes: Math.max(...pairs.map((pair) => pair.extraction.peakMegabytes)),
      dlt,
    };
  } finally {
    await administrator.end();
    await rm(folder, { recursive: true });
  }
}

/** What the fleet answered is recorded by now, so dlt has no part in computing it either. */
async function compareWithDlt(
  env: Readonly<Record<string, string>>,
  asset: MeasuredAsset,
  administrator: Client,
): Promise<DltExtraction | string> {
  if (asset !== 'raw.device_last_updates') return 'not written for this asset';
  return (await prepareDlt()) ?? extractWithDlt(env, administrator);
}

/** User and system time of a process so far, from Linux' procfs (proc_pid_stat(5)); null on other systems. */
async function cpuSeconds(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticksPerSecond = 100;
  return fields ? (Number(fields[11]) + Number(fields[12])) / ticksPerSecond : null;
}
