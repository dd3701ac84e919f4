import { defineAllowlist, identifier, integer, number, pattern, timestamp, type AllowedRow } from '@ovis/pii-allowlist';

/** Identity columns count from 1. */
const ROW_ID = { min: 0, max: Number.MAX_SAFE_INTEGER, numericStrings: true, key: true } as const;

/** What is read of a battery measurement: only these columns are selected. */
export const batteryMeasurementAllowlist = defineAllowlist({
  entity: 'battery_measurement',
  fields: {
    measurement_id: integer({ ...ROW_ID, reason: 'tells measurements apart' }),
    device_id: identifier({ key: true, reason: 'tells devices apart; every analysis is per device' }),
    measured_at: timestamp({ key: true, minYear: 1990, reason: 'the course of a battery over time' }),
    recorded_at: timestamp({ key: true, minYear: 1990, reason: 'finds rows that came late' }),
    voltage: number({
      min: 0,
      max: 20,
      numericStrings: true,
      unit: 'V',
      reason: 'battery life is predicted from the voltage',
    }),
    temperature: number({
      min: -60,
      max: 120,
      numericStrings: true,
      unit: 'degC',
      reason: 'a cold battery shows less voltage',
    }),
    load_current: number({
      min: -10_000,
      max: 10_000,
      numericStrings: true,
      unit: 'mA',
      reason: 'voltage falls under load',
    }),
  },
  leftOut: { technician: 'personal data: who measured' },
});

/** What is read of a battery replacement: only these columns are selected. */
export const batteryReplacementAllowlist = defineAllowlist({
  entity: 'battery_replacement',
  fields: {
    replacement_id: integer({ ...ROW_ID, reason: 'tells replacements apart' }),
    device_id: identifier({ key: true, reason: 'tells devices apart; every analysis is per device' }),
    replaced_at: timestamp({ key: true, minYear: 1990, reason: 'a new battery begins: predictions are judged by it' }),
    recorded_at: timestamp({ key: true, minYear: 1990, reason: 'finds rows that came late' }),
    battery_type: pattern({
      pattern: /[A-Z]{1,6}[0-9]{0,5}(?:[-][A-Z0-9]{1,8})?/,
      maxLength: 16,
      reason: 'battery life differs by type',
    }),
  },
  leftOut: {
    reason: 'personal data: free text that people type in',
    replaced_by: 'personal data: who replaced it',
  },
});

/** What is kept of a line of evaluation results. */
export const batteryEvaluationAllowlist = defineAllowlist({
  entity: 'battery_eval_result',
  fields: {
    deviceId: identifier({ key: true, reason: 'tells devices apart; every analysis is per device' }),
    algorithm: identifier({ key: true, maxLength: 64, reason: 'which algorithm predicted' }),
    evaluatedAt: timestamp({ key: true, minYear: 1990, reason: 'when it predicted' }),
    algorithmVersion: pattern({
      pattern: /[0-9]{1,5}[.][0-9]{1,5}[.][0-9]{1,5}/,
      maxLength: 20,
      reason: 'versions of an algorithm are compared with each other',
    }),
    predictedRemainingDays: number({
      min: 0,
      max: 100_000,
      numericStrings: true,
      unit: 'days',
      reason: 'the prediction itself',
    }),
    confidence: number({ min: 0, max: 1, numericStrings: true, reason: 'how sure the algorithm was' }),
    'features.voltageSlope': number({
      min: -100,
      max: 100,
      numericStrings: true,
      unit: 'V per day',
      reason: 'what the prediction rests on',
    }),
    'features.coldStarts': integer({
      min: 0,
      max: 1_000_000,
      numericStrings: true,
      reason: 'what the prediction rests on',
    }),
  },
  leftOut: { reviewedBy: 'personal data: who looked at it' },
});

/** A measurement after projection. */
export type BatteryMeasurementRow = AllowedRow<typeof batteryMeasurementAllowlist>;
/** A replacement after projection. */
export type BatteryReplacementRow = AllowedRow<typeof batteryReplacementAllowlist>;
/** A line of evaluation results after projection. */
export type BatteryEvaluationRow = AllowedRow<typeof batteryEvaluationAllowlist>;
