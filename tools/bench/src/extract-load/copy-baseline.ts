import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

const COLUMNS = 'device_id, queried_at, shard, customer_id, payload, observed_at, run_id, loaded_at';

/** Writes the rows that an extraction left in the raw table to a file in COPY's text format. @returns its size in bytes. */
export async function dumpRows(client: Client, file: string): Promise<number> {
  const rows = client.query(to(`copy (select ${COLUMNS} from raw.device_last_updates) to stdout`));
  await pipeline(rows, createWriteStream(file));
  return (await stat(file)).size;
}

/** Loads that file with one COPY, straight into the empty raw table with its keys and months. @returns seconds. */
export async function copyRows(client: Client, file: string): Promise<number> {
  await client.query('truncate raw.device_last_updates');
  await client.query('checkpoint');
  const begin = performance.now();
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 18 }),
    client.query(from(`copy raw.device_last_updates (${COLUMNS}) from stdin`)),
  );
  return (performance.now() - begin) / 1000;
}
