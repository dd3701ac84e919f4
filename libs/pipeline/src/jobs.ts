import type { Job } from '@ovis/orchestrator';

/** What runs when. */
export const jobs: readonly Job[] = [
  {
    name: 'twelve_hourly_elt',
    description: 'device states and the hierarchy of all customers, then the models downstream',
    cron: '0 */12 * * *',
    assets: ['raw.device_last_updates', 'raw.thermostat_hierarchy'],
  },
  {
    name: 'daily_aggregates_elt',
    description: 'aggregates of the day before, and of days for which devices report late, then the models downstream',
    cron: '0 3 * * *',
    assets: ['raw.daily_aggregates'],
  },
];
