import type { ClaimRank, RawColumn, RawTable } from '@ovis/raw-loader';

/** Columns of every table that is filled by a customer's listing. */
const LISTING_COLUMNS: readonly RawColumn[] = [
  { name: 'queried_at', type: 'timestamp' },
  { name: 'shard', type: 'text' },
  { name: 'observed_at', type: 'timestamp', provenance: true },
  { name: 'run_id', type: 'uuid', provenance: true },
];

/**
 * Which of several claims of one device in one run is stored: the listing of the customer that the item itself names, then the
 * newest report; what ties is decided by names, so that the order of arrival never matters.
 */
const DEVICE_CLAIM: readonly ClaimRank[] = [
  (row) => `(${row}.payload ->> 'customerId') is not distinct from ${row}.customer_id`,
  (row) => `(${row}.payload ->> 'lastSeenAt') collate "C"`,
  (row) => `${row}.customer_id collate "C"`,
  (row) => `${row}.shard collate "C"`,
];

/** See migrations: one row a device and logical time. */
export const deviceLastUpdatesTable: RawTable = {
  schema: 'raw',
  name: 'device_last_updates',
  columns: [{ name: 'device_id', type: 'identifier' }, { name: 'customer_id', type: 'identifier' }, ...LISTING_COLUMNS],
  key: ['device_id', 'queried_at'],
  partitionMonth: 'queried_at',
  touchedDay: 'queried_at',
  precedence: DEVICE_CLAIM,
};

/** See migrations: one row a node, customer and logical time. */
export const thermostatHierarchyTable: RawTable = {
  schema: 'raw',
  name: 'thermostat_hierarchy',
  columns: [{ name: 'customer_id', type: 'identifier' }, { name: 'node_id', type: 'identifier' }, ...LISTING_COLUMNS],
  key: ['customer_id', 'node_id', 'queried_at'],
  partitionMonth: 'queried_at',
  touchedDay: 'queried_at',
  precedence: [(row) => `${row}.shard collate "C"`],
};

/** See migrations: one row a device, metric and day; a day is asked for again, and what came last is kept, while it is the same customer's. */
export const dailyAggregatesTable: RawTable = {
  schema: 'raw',
  name: 'daily_aggregates',
  columns: [
    { name: 'device_id', type: 'identifier' },
    { name: 'metric', type: 'text' },
    { name: 'date', type: 'date' },
    { name: 'customer_id', type: 'identifier' },
    { name: 'shard', type: 'text' },
    { name: 'observed_at', type: 'timestamp', provenance: true },
    { name: 'run_id', type: 'uuid', provenance: true },
  ],
  key: ['device_id', 'metric', 'date'],
  partitionMonth: 'date',
  touchedDay: 'date',
  precedence: [(row) => `${row}.customer_id collate "C"`, (row) => `${row}.shard collate "C"`],
};

/** Columns of every row: when it was read, and by which run. */
const PROVENANCE: readonly RawColumn[] = [
  { name: 'observed_at', type: 'timestamp', provenance: true },
  { name: 'run_id', type: 'uuid', provenance: true },
];

/** See migrations: one row a measurement. */
export const batteryMeasurementsTable: RawTable = {
  schema: 'raw',
  name: 'battery_measurements',
  columns: [
    { name: 'measurement_id', type: 'integer' },
    { name: 'measured_at', type: 'timestamp' },
    { name: 'recorded_at', type: 'timestamp' },
    ...PROVENANCE,
  ],
  key: ['measurement_id', 'measured_at'],
  partitionMonth: 'measured_at',
  touchedDay: 'measured_at',
};

/** See migrations: one row a replacement. */
export const batteryReplacementsTable: RawTable = {
  schema: 'raw',
  name: 'battery_replacements',
  columns: [
    { name: 'replacement_id', type: 'integer' },
    { name: 'replaced_at', type: 'timestamp' },
    { name: 'recorded_at', type: 'timestamp' },
    ...PROVENANCE,
  ],
  key: ['replacement_id'],
  touchedDay: 'replaced_at',
};

/** See migrations: one row a device, algorithm and time of evaluation; folders are moved into it whole. */
export const batteryEvalResultsTable: RawTable = {
  schema: 'raw',
  name: 'battery_eval_results',
  columns: [
    { name: 'device_id', type: 'identifier' },
    { name: 'algorithm', type: 'identifier' },
    { name: 'evaluated_at', type: 'timestamp' },
    { name: 'folder_date', type: 'date' },
    { name: 'object_key', type: 'text', provenance: true },
    { name: 'line_number', type: 'integer', provenance: true },
    ...PROVENANCE,
  ],
  key: ['device_id', 'algorithm', 'evaluated_at'],
  partitionMonth: 'evaluated_at',
  touchedDay: 'evaluated_at',
};

/** Where the lines of folders wait; `evaluated_at` is in the key so that its range is checked as in the table itself. */
export const batteryEvalResultsStage: RawTable = {
  schema: 'raw',
  name: 'battery_eval_results_stage',
  columns: [
    { name: 'run_id', type: 'uuid' },
    { name: 'algorithm', type: 'identifier' },
    { name: 'folder_date', type: 'date' },
    { name: 'part_number', type: 'integer' },
    { name: 'line_number', type: 'integer' },
    { name: 'evaluated_at', type: 'timestamp' },
    { name: 'device_id', type: 'identifier' },
    { name: 'object_key', type: 'text' },
    { name: 'observed_at', type: 'timestamp', provenance: true },
  ],
  key: ['run_id', 'algorithm', 'folder_date', 'part_number', 'line_number', 'evaluated_at'],
  partitionMonth: 'evaluated_at',
  touchedDay: 'folder_date',
};
