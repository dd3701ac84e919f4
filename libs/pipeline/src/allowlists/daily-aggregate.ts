import { date, defineAllowlist, enumeration, identifier, integer, number, type AllowedRow } from '@ovis/pii-allowlist';
import { METRICS } from 'ovis-client';

/** Bounds of the values of all metrics: sums of a day's samples are the largest. */
const VALUE = { min: -1e9, max: 1e9, numericStrings: true } as const;

/** What is kept of a device's aggregate of one metric and day. */
export const dailyAggregateAllowlist = defineAllowlist({
  entity: 'DailyAggregate',
  fields: {
    deviceId: identifier({ key: true, reason: 'tells devices apart; every analysis is per device' }),
    date: date({ key: true, reason: 'the day that is aggregated' }),
    metric: enumeration({ values: METRICS, key: true, reason: 'what was measured' }),
    unit: enumeration({ values: ['per cent', 'degC', 'V', 'dBm'], reason: 'values cannot be read without it' }),
    min: number({ ...VALUE, reason: 'extremes of a day: frost, heat, flat batteries' }),
    max: number({ ...VALUE, reason: 'extremes of a day: frost, heat, flat batteries' }),
    mean: number({ ...VALUE, reason: 'the course of a value over weeks' }),
    sum: number({ ...VALUE, reason: 'valve movement adds up, and wears the valve and the battery' }),
    sampleCount: integer({
      min: 0,
      max: 1_000_000,
      numericStrings: true,
      reason: 'how much an aggregate rests on; grows while a device reports late',
    }),
  },
  leftOut: {},
});

/** A daily aggregate after projection. */
export type DailyAggregateRow = AllowedRow<typeof dailyAggregateAllowlist>;
