import type { AllowlistDefinition } from '@ovis/pii-allowlist';
import type { RawTable } from '@ovis/raw-loader';
import {
  batteryEvaluationAllowlist,
  batteryMeasurementAllowlist,
  batteryReplacementAllowlist,
} from '../allowlists/battery.ts';
import { customerAllowlist } from '../allowlists/customer.ts';
import { dailyAggregateAllowlist } from '../allowlists/daily-aggregate.ts';
import { deviceStateAllowlist } from '../allowlists/device-state.ts';
import { hierarchyNodeAllowlist } from '../allowlists/hierarchy-node.ts';
import {
  batteryEvalResultsStage,
  batteryEvalResultsTable,
  batteryMeasurementsTable,
  batteryReplacementsTable,
  dailyAggregatesTable,
  deviceLastUpdatesTable,
  thermostatHierarchyTable,
} from '../assets/raw-tables.ts';

/** An entity of a source, what may be kept of it, and where that is kept. */
export interface StoredEntity {
  readonly definition: AllowlistDefinition;
  /** Where it comes from, for people. */
  readonly source: string;
  /** What it is, for people. */
  readonly description: string;
  /** The raw tables whose payloads are documents of it, the table itself first; empty for what is read and not stored. */
  readonly tables: readonly RawTable[];
}

/** Everything that this platform reads. */
export const storedEntities: readonly StoredEntity[] = [
  {
    definition: customerAllowlist,
    source: 'Ovis API',
    description:
      'A customer, read in order to ask for its devices; nothing of it is stored but the identifier in the rows of its devices.',
    tables: [],
  },
  {
    definition: deviceStateAllowlist,
    source: 'Ovis API',
    description: 'The last update that the backend holds for a device.',
    tables: [deviceLastUpdatesTable],
  },
  {
    definition: hierarchyNodeAllowlist,
    source: 'Ovis API',
    description: 'A building, floor, room or thermostat of a customer.',
    tables: [thermostatHierarchyTable],
  },
  {
    definition: dailyAggregateAllowlist,
    source: 'Ovis API',
    description: 'One metric of one device and UTC day.',
    tables: [dailyAggregatesTable],
  },
  {
    definition: batteryMeasurementAllowlist,
    source: 'battery database',
    description: 'A measurement of a battery. Columns that are not listed are not even selected.',
    tables: [batteryMeasurementsTable],
  },
  {
    definition: batteryReplacementAllowlist,
    source: 'battery database',
    description: 'A replacement of a battery. Columns that are not listed are not even selected.',
    tables: [batteryReplacementsTable],
  },
  {
    definition: batteryEvaluationAllowlist,
    source: 'object store',
    description: 'What an algorithm predicted for a battery.',
    tables: [batteryEvalResultsTable, batteryEvalResultsStage],
  },
];

/** The name of a raw table as people and `ops` write it: `raw.daily_aggregates`. */
export function nameOf(table: Pick<RawTable, 'schema' | 'name'>): string {
  return `${table.schema}.${table.name}`;
}
