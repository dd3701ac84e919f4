import type { AllowlistDefinition } from '@ovis/pii-allowlist';
import fc from 'fast-check';
import {
  batteryEvaluationAllowlist,
  batteryMeasurementAllowlist,
  batteryReplacementAllowlist,
} from '../../allowlists/battery.ts';
import { customerAllowlist } from '../../allowlists/customer.ts';
import { dailyAggregateAllowlist } from '../../allowlists/daily-aggregate.ts';
import { deviceStateAllowlist } from '../../allowlists/device-state.ts';
import { hierarchyNodeAllowlist } from '../../allowlists/hierarchy-node.ts';
import { canaryDocuments, type ValidValues } from './canary-documents.ts';

/** Documents for every source of the platform. */
export interface CanaryWorld {
  readonly customers: readonly unknown[];
  readonly deviceStates: readonly unknown[];
  readonly hierarchy: readonly unknown[];
  readonly aggregates: readonly unknown[];
  readonly evaluations: readonly unknown[];
  readonly measurements: readonly unknown[];
  readonly replacements: readonly unknown[];
}

/** The algorithm whose folder the evaluations are in. */
export const ALGORITHM = 'voltage-knee';

const SHARES = {
  customers: 0.04,
  deviceStates: 0.36,
  hierarchy: 0.15,
  aggregates: 0.15,
  evaluations: 0.2,
  measurements: 0.05,
  replacements: 0.05,
} as const satisfies Record<keyof CanaryWorld, number>;

/** @param documents how many there are over all sources. @param seed the same seed gives the same documents. */
export function canaryWorld(documents: number, seed: number): CanaryWorld {
  const sample = (
    name: keyof CanaryWorld,
    definition: AllowlistDefinition,
    valid: ValidValues = {},
  ): readonly unknown[] =>
    fc.sample(canaryDocuments(definition, valid), { seed, numRuns: Math.round(documents * SHARES[name]) });
  const type = { battery_type: fc.constantFrom('CR123', 'AA') };
  return {
    customers: sample('customers', customerAllowlist),
    deviceStates: sample('deviceStates', deviceStateAllowlist, { hardwareVersion: fc.constant('rev3') }),
    hierarchy: sample('hierarchy', hierarchyNodeAllowlist),
    aggregates: sample('aggregates', dailyAggregateAllowlist),
    evaluations: sample('evaluations', batteryEvaluationAllowlist, {
      algorithm: fc.constant(ALGORITHM),
      algorithmVersion: fc.constant('2.3.0'),
    }),
    measurements: sample('measurements', batteryMeasurementAllowlist),
    replacements: sample('replacements', batteryReplacementAllowlist, type),
  };
}
