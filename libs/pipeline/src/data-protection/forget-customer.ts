import { UsageError } from '@ovis/orchestrator';
import type { LoaderTransaction, RawTable } from '@ovis/raw-loader';
import {
  batteryEvalResultsStage,
  batteryEvalResultsTable,
  batteryMeasurementsTable,
  batteryReplacementsTable,
  dailyAggregatesTable,
  deviceLastUpdatesTable,
  thermostatHierarchyTable,
} from '../assets/raw-tables.ts';
import { buildModels } from '../models/model-builder.ts';
import { changeByRanges, dayExpression, rangeResult, type RangeResult, type TableResult } from './block-ranges.ts';
import { readCustomerDevices, type CustomerDevices } from './customer-devices.ts';
import { forgetInBooks } from './forget-in-books.ts';
import type { RemovalOptions, RemovalReport } from './purge-field.ts';
import { nameOf } from './stored-entities.ts';

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Which rows of a table are the customer's: $1 is its id. */
interface OwnRows {
  readonly table: RawTable;
  readonly isOwn: string;
}

/** Rows that are a device's: its id, and the time by which it is decided whose the device was. */
interface DeviceRows {
  readonly table: RawTable;
  readonly device: string;
  readonly moment: string;
}

const OF_DEVICES: readonly DeviceRows[] = [
  { table: batteryMeasurementsTable, device: `payload ->> 'device_id'`, moment: 'measured_at' },
  { table: batteryReplacementsTable, device: `payload ->> 'device_id'`, moment: 'replaced_at' },
  { table: batteryEvalResultsStage, device: 'device_id', moment: 'evaluated_at' },
  { table: batteryEvalResultsTable, device: 'device_id', moment: 'evaluated_at' },
];

/** The tables that tell the customer's devices come after those of its devices: an interrupted call still knows them. */
const OF_CUSTOMER: readonly OwnRows[] = [
  { table: dailyAggregatesTable, isOwn: 'customer_id = $1' },
  { table: thermostatHierarchyTable, isOwn: 'customer_id = $1' },
  { table: deviceLastUpdatesTable, isOwn: `(customer_id = $1 or payload ->> 'customerId' = $1)` },
];

/** Tables of which it is counted how many rows of a day the source had. */
const COUNTED: readonly RawTable[] = [batteryMeasurementsTable, batteryReplacementsTable];

/** @throws UsageError for what is no identifier of a customer. */
export function checkCustomerId(text: string): string {
  if (IDENTIFIER.test(text)) return text;
  throw new UsageError('that is no identifier of a customer; expected e.g. c-000417');
}

/**
 * Removes a customer: its rows, those of its devices while they were its own, its identifier in `ops`, and, with a full refresh, what the models made
 * of them. Interrupted, it goes on where it stands when it is called again.
 *
 * @throws UsageError for what is no identifier of a customer.
 * @throws RawLoaderError if the database refuses.
 */
export async function forgetCustomer(customerId: string, options: RemovalOptions): Promise<RemovalReport> {
  checkCustomerId(customerId);
  const { pool, models, signal, onTable = () => undefined, blocks } = options;
  const devices = await readCustomerDevices(pool, customerId);
  const tables: TableResult[] = [];
  const done = (result: TableResult): void => {
    tables.push(result);
    onTable(result);
  };
  const work = { pool, doing: 'forgetting a customer', signal, blocks };
  for (const rows of devices.ids.length === 0 ? [] : OF_DEVICES) {
    const change = (tx: LoaderTransaction, leaf: string, range: string): Promise<RangeResult> =>
      deleteOfDevices(tx, { ...rows, leaf, range, devices });
    done(await changeByRanges({ ...work, table: rows.table, change }));
  }
  for (const { table, isOwn } of OF_CUSTOMER) {
    const change = async (tx: LoaderTransaction, leaf: string, range: string): Promise<RangeResult> => {
      const statement = `with gone as (
          delete from ${leaf} where ${range} and ${isOwn} returning ${dayExpression(table)} as day
        ), ${TOUCH}`;
      return rangeResult((await tx.query(statement, [customerId, nameOf(table)])).rows);
    };
    done(await changeByRanges({ ...work, table, change }));
  }
  for (const result of await forgetInBooks(pool, customerId, signal)) done(result);
  signal?.throwIfAborted();
  const downstreamOf = [...OF_DEVICES, ...OF_CUSTOMER]
    .map(({ table }) => nameOf(table))
    .filter((name) => !name.endsWith('_stage'));
  const built = await buildModels({ models, downstreamOf, fullRefresh: true, ...(signal ? { signal } : {}) });
  signal?.throwIfAborted();
  return { tables, models: built };
}

/** Marks the days of what is gone, and counts it. $2 is the table's name. */
const TOUCH = `touched as (
  insert into ops.touched_days (table_name, day) select distinct $2::text, day from gone
)
select count(*)::int as rows, coalesce(array_agg(distinct day::text), '{}') as days from gone`;

async function deleteOfDevices(
  tx: LoaderTransaction,
  {
    table,
    device,
    moment,
    leaf,
    range,
    devices,
  }: DeviceRows & { readonly leaf: string; readonly range: string; readonly devices: CustomerDevices },
): Promise<RangeResult> {
  const isCounted = COUNTED.includes(table);
  // The source still has these rows: without its count of a day that is kept here, the day would be taken for one that has grown.
  const counted = `counted as (
      insert into ops.recounted_days (asset, day, source_rows, run_id)
      select $2, recorded.day, count(*), min(stored.run_id::text)::uuid
      from (select distinct (recorded_at at time zone 'UTC')::date as day from gone) as recorded
      join ${nameOf(table)} as stored on stored.recorded_at >= recorded.day::timestamp at time zone 'UTC'
        and stored.recorded_at < (recorded.day + 1)::timestamp at time zone 'UTC'
      group by recorded.day on conflict (asset, day) do nothing
    ),`;
  const { rows } = await tx.query(
    `with gone as (
      delete from ${leaf} as stored using unnest($1::text[], $3::timestamptz[], $4::timestamptz[]) as own (id, since, until)
      where stored.${range.replaceAll(' ctid', ' stored.ctid')} and ${device} = own.id
        and (own.since is null or ${moment} > own.since) and (own.until is null or ${moment} < own.until)
      returning ${dayExpression(table)} as day${isCounted ? ', recorded_at' : ''}
    ), ${isCounted ? counted : ''} ${TOUCH}`,
    [devices.ids, nameOf(table), devices.since, devices.until],
  );
  return rangeResult(rows);
}
