import { readFileSync } from 'node:fs';
import { createTestDatabase } from '@ovis/dev-stack/testing';
import { Client } from 'pg';
import { MARK } from './canaries.ts';
import type { CanaryWorld } from './canary-world.ts';

const CONTRACT = new URL('../../../../../tools/fleet-simulator/contract/battery-db.sql', import.meta.url);
const RECORDED = '2026-11-21T12:00:00Z';

/** A battery database with canaries in every column that may hold a text. */
export interface CanaryBattery extends AsyncDisposable {
  readonly url: string;
  /** Makes every later reading of measurements fail, with canaries in all that PostgreSQL can report. */
  breakMeasurements(): Promise<void>;
}

/** Fills a database of the contract's tables with documents; what has no column goes into those of personal data. */
export async function startCanaryBattery(world: CanaryWorld): Promise<CanaryBattery> {
  await using started = new AsyncDisposableStack();
  const database = started.use(await createTestDatabase({ empty: true }));
  const client = new Client({ connectionString: database.url });
  await client.connect();
  started.defer(() => client.end());
  await client.query(readFileSync(CONTRACT, 'utf8'));
  await client.query(`alter table battery_measurement add column "${MARK}" text default '${MARK}'`);
  for (const document of world.measurements) {
    await client.query(
      `insert into battery_measurement (device_id, measured_at, recorded_at, voltage, technician) values ($1, $2, $3, 2.9, $4)`,
      [textOf(document, 'device_id'), RECORDED, RECORDED, wholeText(document)],
    );
  }
  for (const document of world.replacements) {
    await client.query(
      `insert into battery_replacement (device_id, replaced_at, recorded_at, battery_type, reason, replaced_by) values ($1, $2, $2, $3, $4, $5)`,
      [textOf(document, 'device_id'), RECORDED, textOf(document, 'battery_type'), wholeText(document), MARK],
    );
  }
  const running = started.move();
  return {
    url: database.url,
    breakMeasurements: async () => {
      await client.query(`
        alter table battery_measurement rename to "${MARK}";
        create function quote_somebody() returns text language plpgsql as $$
        begin raise exception '${MARK} %', '${MARK}' using detail = '${MARK}', hint = '${MARK}', table = '${MARK}'; end $$;
        create view battery_measurement as
        select measurement_id, quote_somebody() as device_id, measured_at, recorded_at, voltage, temperature, load_current from "${MARK}";
      `);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A field as the text that a column can hold; NUL has no place in one. */
function textOf(document: unknown, name: string): string {
  const isObject = typeof document === 'object' && document !== null && Object.hasOwn(document, name);
  const value: unknown = isObject ? Reflect.get(document, name) : MARK.repeat(20);
  return (typeof value === 'string' ? value : `no text: ${JSON.stringify(value)}`)
    .replaceAll('\u0000', ' ')
    .toWellFormed();
}

function wholeText(document: unknown): string {
  return JSON.stringify(document);
}
