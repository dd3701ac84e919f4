import { describe, expect, test } from 'vitest';
import { parseSchedulerSettings } from './settings.ts';

const WAREHOUSE = { DATABASE_URL: 'postgres://u:p@localhost/d' };

describe('how long a step may take', () => {
  test('is four hours if nothing is set', () => {
    expect(parseSchedulerSettings(WAREHOUSE, 'models').stepDeadlineMs).toBe(14_400_000);
    const env = { ...WAREHOUSE, OVIS_STEP_DEADLINE_MINUTES: '30' };
    expect(parseSchedulerSettings(env, 'models').stepDeadlineMs).toBe(1_800_000);
    expect(() => parseSchedulerSettings({ ...env, OVIS_STEP_DEADLINE_MINUTES: '0' }, 'models')).toThrow(
      'OVIS_STEP_DEADLINE_MINUTES',
    );
  });
});

describe('how long raw months are kept', () => {
  test('is for ever when nothing is set', () => {
    const { retention } = parseSchedulerSettings(WAREHOUSE, 'models');
    expect(retention).toEqual({ months: null, monthsByTable: {} });
  });

  test('is set for all tables and for single ones; 0 stands for all months', () => {
    const env = {
      ...WAREHOUSE,
      OVIS_RAW_RETENTION_MONTHS: '24',
      OVIS_RAW_RETENTION_MONTHS_DAILY_AGGREGATES: '0',
      OVIS_RAW_RETENTION_MONTHS_DEVICE_LAST_UPDATES: '6',
    };
    expect(parseSchedulerSettings(env, 'models').retention).toEqual({
      months: 24,
      monthsByTable: { daily_aggregates: null, device_last_updates: 6 },
    });
  });

  test('is not shorter than days are asked for again', () => {
    const env = { ...WAREHOUSE, OVIS_BATTERY_RECOUNT_DAYS: '60', OVIS_RAW_RETENTION_MONTHS: '2' };
    expect(() => parseSchedulerSettings(env, 'models')).toThrow(
      'OVIS_BATTERY_RECOUNT_DAYS is 60, but only 2 months of raw.battery_measurements are kept',
    );
    const kept = {
      OVIS_RAW_RETENTION_MONTHS_BATTERY_MEASUREMENTS: '3',
      OVIS_RAW_RETENTION_MONTHS_BATTERY_REPLACEMENTS: '0',
    };
    expect(parseSchedulerSettings({ ...env, ...kept }, 'models').retention.months).toBe(2);
  });
});
