import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeAllowlists } from '@ovis/pipeline';
import type { Client } from 'pg';
import { BenchError } from '../errors.ts';
import { preparePeer, programOf, type PythonPeer } from './python-peer.ts';

const run = promisify(execFile);

const DLT: PythonPeer = { name: 'dlt', packages: ['dlt[postgres]==1.31.0'] };
const SCRIPT = fileURLToPath(new URL('../../peers/dlt_extract.py', import.meta.url));
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What dlt's extraction took. */
export interface DltExtraction {
  readonly rows: number;
  readonly seconds: number;
  /** Of its largest process. */
  readonly peakMegabytes: number;
}

/** Installs dlt where it is missing. @returns why it cannot be compared with, or null. */
export function prepareDlt(): Promise<string | null> {
  return preparePeer(DLT);
}

/**
 * Extracts the device states with dlt into a schema of its own, with as many requests at the same time as the platform makes.
 *
 * @throws BenchError if it fails.
 */
export async function extractWithDlt(
  env: Readonly<Record<string, string>>,
  administrator: Client,
): Promise<DltExtraction> {
  const { PATH = '', HOME = '' } = process.env;
  const allowed = describeAllowlists().find(({ entity }) => entity === 'DeviceState')?.fields ?? [];
  const { stdout } = await run(programOf(DLT, 'python'), [SCRIPT], {
    env: {
      PATH,
      HOME,
      ...env,
      OVIS_FIELDS: JSON.stringify(allowed.map(({ path }) => path)),
      EXTRACT__WORKERS: '40',
      EXTRACT__MAX_PARALLEL_ITEMS: '40',
      NORMALIZE__WORKERS: '2',
      RUNTIME__DLTHUB_TELEMETRY: 'false',
    },
    maxBuffer: MAX_OUTPUT_BYTES,
  }).catch((error: unknown) => {
    throw new BenchError(
      `dlt's extraction failed: ${error instanceof Error ? error.message : 'for an unknown reason'}`,
    );
  });
  const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Omit<DltExtraction, 'rows'>;
  const { rows } = await administrator.query<{ rows: number }>(
    'select count(distinct device_id)::integer as rows from dlt_raw.device_last_updates',
  );
  await administrator.query('drop schema dlt_raw cascade');
  return { ...told, rows: rows[0]?.rows ?? 0 };
}
