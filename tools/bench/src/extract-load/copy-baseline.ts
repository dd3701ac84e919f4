import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

/** Assets that are measured, with the columns of their tables. */
export const MEASURED = {
  'raw.device_last_updates': 'device_id, queried_at, shard, customer_id, payload, observed_at, run_id, loaded_at',
  'raw.daily_aggregates': 'device_id, metric, date, shard, customer_id, payload, observed_at, run_id, loaded_at',
} as const;

/** One of them. */
export type MeasuredAsset = keyof typeof MEASURED;

/** Writes the rows that an extraction left in the raw table to a file in COPY's text format. @returns its size in bytes. */
export async function dumpRows(client: Client, asset: MeasuredAsset, file: string): Promise<number> {
  const rows = client.query(to(`copy (select ${MEASURED[asset]} from ${asset}) to stdout`));
  await pipeline(rows, createWriteStream(file));
  return (await stat(file)).size;
}

/** Loads that file with one COPY, straight into the empty raw table with its keys and months. @returns seconds. */
export async function copyRows(client: Client, asset: MeasuredAsset, file: string): Promise<number> {
  await client.query(`truncate ${asset}`);
  await client.query('checkpoint');
  const begin = performance.now();
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 18 }),
    client.query(from(`copy ${asset} (${MEASURED[asset]}) from stdin`)),
  );
  return (performance.now() - begin) / 1000;
}
