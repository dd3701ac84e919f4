import {
  compileAllowlist,
  createDropReport,
  defineAllowlist,
  enumeration,
  identifier,
  number,
  timestamp,
  type Allowed,
} from '@ovis/pii-allowlist';
import type { ColumnValue, RawRow, RowGroup } from '../src/raw-row.ts';
import type { RawTable } from '../src/raw-table.ts';

const reason = 'a test';

/** A text that PostgreSQL cannot hold: an enumeration is the one type that may list it. */
export const UNSTORABLE = 'a\0b\uD800c';

const projector = compileAllowlist(
  defineAllowlist({
    entity: 'Reading',
    fields: {
      deviceId: identifier({ key: true, reason }),
      customerId: identifier({ reason }),
      lastSeenAt: timestamp({ reason }),
      value: number({ min: -1e6, max: 1e6, reason }),
      note: enumeration({ values: [UNSTORABLE, 'tab\tline\nback\\slash "quoted" \\u0000', '🙂'], reason }),
    },
  }),
);

/** A document that an allowlist let pass. */
export function reading(document: Readonly<Record<string, unknown>>): Allowed<unknown> {
  const result = projector.project(document, createDropReport());
  if (!result.ok) throw new Error(`the test's document was refused: ${result.reason}`);
  return result.row;
}

export const RUN_1 = '018f2f6e-0000-7000-8000-000000000001';
export const RUN_2 = '018f2f6e-0000-7000-8000-000000000002';
export const QUERIED_AT = '2026-11-22T00:00:00Z';

/** Noon of the tests. */
export const clock = { now: () => new Date('2026-11-22T12:00:00Z') };

/** A table as the platform has them, in a schema whose names need quotes. */
export const readings: RawTable = {
  schema: 'raw "x"',
  name: 'readings',
  columns: [
    { name: 'device_id', type: 'identifier' },
    { name: 'queried_at', type: 'timestamp' },
    { name: 'shard', type: 'text', pattern: /[A-Za-z0-9.:[\]_-]{1,255}/ },
    { name: 'customer_id', type: 'identifier' },
    { name: 'observed_at', type: 'timestamp', provenance: true },
    { name: 'run_id', type: 'uuid', provenance: true },
  ],
  key: ['device_id', 'queried_at'],
  partitionMonth: 'queried_at',
  touchedDay: 'queried_at',
};

/** The same table where claims are ranked: the listing of the item's own customer, then the newest report, then a fixed order of claimants. */
export const rankedReadings: RawTable = {
  ...readings,
  precedence: [
    (row) => `(${row}.payload ->> 'customerId') is not distinct from ${row}.customer_id`,
    (row) => `(${row}.payload ->> 'lastSeenAt') collate "C"`,
    (row) => `${row}.customer_id collate "C"`,
    (row) => `${row}.shard collate "C"`,
  ],
};

/** DDL of both. */
export const CREATE_READINGS = `
  create schema "raw ""x""";
  create table "raw ""x"""."readings" (
    device_id text not null, queried_at timestamptz not null, shard text not null, customer_id text not null, payload jsonb not null,
    observed_at timestamptz not null, run_id uuid not null, loaded_at timestamptz not null default now(),
    primary key (device_id, queried_at)
  ) partition by range (queried_at);`;

/** The quoted name. */
export const READINGS = '"raw ""x"""."readings"';

/** A row; `columns` overrides the usual ones. */
export function row(
  document: Readonly<Record<string, unknown>>,
  columns: Readonly<Record<string, ColumnValue>> = {},
): RawRow {
  const usual = {
    device_id: String(document['deviceId']),
    queried_at: QUERIED_AT,
    shard: 'shard:1',
    customer_id: 'c-1',
  };
  const provenance = { observed_at: '2026-11-22T00:00:01Z', run_id: RUN_1 };
  return { allowed: reading(document), columns: { ...usual, ...provenance, ...columns } };
}

/** Groups whose checkpoints count from 1. */
export async function* groupsOf(...groups: readonly (readonly RawRow[])[]): AsyncGenerator<RowGroup<number>> {
  for (const [index, rows] of groups.entries()) yield { rows, checkpoint: index + 1 };
}
