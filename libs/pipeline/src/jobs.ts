import type { Job } from '@ovis/orchestrator';

/** What runs when. */
export const jobs: readonly Job[] = [
  {
    name: 'twelve_hourly_elt',
    description: 'device states and the hierarchy of all customers, then the models downstream',
    cron: '0 */12 * * *',
    // Snapshots of now: what was missed is gone.
    missed: 'latest',
    assets: ['raw.device_last_updates', 'raw.thermostat_hierarchy'],
  },
  {
    name: 'daily_aggregates_elt',
    description: 'aggregates of the day before, and of days for which devices report late, then the models downstream',
    cron: '0 3 * * *',
    missed: 'all',
    assets: ['raw.daily_aggregates'],
  },
  {
    name: 'battery_algorithm_eval_results_elt',
    description: 'predictions of battery life, battery measurements and replacements, then the models downstream',
    cron: '15 2 * * *',
    missed: 'all',
    assets: ['raw.battery_eval_results', 'raw.battery_measurements', 'raw.battery_replacements'],
  },
];
