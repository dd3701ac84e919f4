import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

/** Assets that are measured, with the columns of their tables. */
export const MEASURED = {
  'raw.device_last_updates': 'device_id, queried_at, shard, customer_id, payload, observed_at, run_id, loaded_at',
  'raw.daily_aggregates': 'device_id, metric, date, shard, customer_id, payload, observed_at, run_id, loaded_at',
  'raw.battery_eval_results':
    'device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload, observed_at, run_id, loaded_at',
} as const;

/** One of them. */
export type MeasuredAsset = keyof typeof MEASURED;

/** Rows of a raw table in a file, in COPY's text format. */
export interface DumpedRows {
  readonly asset: MeasuredAsset;
  readonly file: string;
  /** Whether the file is compressed with gzip. */
  readonly isCompressed: boolean;
}

/** Writes the rows that an extraction left in the raw table to the file. @returns its size in bytes. */
export async function dumpRows(client: Client, { asset, file, isCompressed }: DumpedRows): Promise<number> {
  const rows = client.query(to(`copy (select ${MEASURED[asset]} from ${asset}) to stdout`));
  await pipeline(rows, isCompressed ? createGzip() : new PassThrough(), createWriteStream(file));
  return (await stat(file)).size;
}

/** Loads that file with one COPY, straight into the empty raw table with its keys and months. @returns seconds. */
export async function copyRows(client: Client, { asset, file, isCompressed }: DumpedRows): Promise<number> {
  await client.query(`truncate ${asset}`);
  await client.query('checkpoint');
  const begin = performance.now();
  const highWaterMark = 1 << 18;
  const bytes = createReadStream(file, { highWaterMark });
  const copy = client.query(from(`copy ${asset} (${MEASURED[asset]}) from stdin`));
  // The server waits for the file, not for what reads it: decompressed in large pieces, in another thread.
  await (isCompressed ? pipeline(bytes, createGunzip({ chunkSize: highWaterMark }), copy) : pipeline(bytes, copy));
  return (performance.now() - begin) / 1000;
}
