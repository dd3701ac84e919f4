import { BatteryOptionError } from './errors.ts';

/** What the database keeps: a table each. */
export type BatteryEntity = 'measurements' | 'replacements';

/** A table of the contract, as far as it may be read. */
export interface EntityTable {
  readonly table: string;
  /** The primary key, a bigint. */
  readonly id: string;
  /** SQL of each column that may be asked for, by its name. What people type in is not among them. */
  readonly columns: Readonly<Record<string, string>>;
}

/** Text in UTC with microseconds: a driver's date would lose them. */
function utcText(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** The tables, by entity. Numbers come as text, so that none is rounded on the way. */
export const ENTITIES: Readonly<Record<BatteryEntity, EntityTable>> = {
  measurements: {
    table: 'battery_measurement',
    id: 'measurement_id',
    columns: {
      measurement_id: 'measurement_id::text',
      device_id: 'device_id',
      measured_at: utcText('measured_at'),
      recorded_at: utcText('recorded_at'),
      voltage: 'voltage::text',
      temperature: 'temperature::text',
      load_current: 'load_current::text',
    },
  },
  replacements: {
    table: 'battery_replacement',
    id: 'replacement_id',
    columns: {
      replacement_id: 'replacement_id::text',
      device_id: 'device_id',
      replaced_at: utcText('replaced_at'),
      recorded_at: utcText('recorded_at'),
      battery_type: 'battery_type',
    },
  },
};

/**
 * The select list of some columns.
 *
 * @throws BatteryOptionError for a column that is not there, or that holds personal data.
 */
export function selectList(entity: BatteryEntity, columns: readonly string[]): string {
  const known = ENTITIES[entity].columns;
  const unknown = columns.find((column) => !Object.hasOwn(known, column));
  if (unknown !== undefined || columns.length === 0) {
    throw new BatteryOptionError(
      `${entity} can be read with the columns ${Object.keys(known).join(', ')}; ${unknown === undefined ? 'none was' : 'another one was'} asked for`,
    );
  }
  return columns.map((column) => `${known[column] ?? ''} as "${column}"`).join(', ');
}
