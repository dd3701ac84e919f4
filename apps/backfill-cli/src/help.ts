/** What follows the list of commands in `--help`. */
export const HELP = `
Examples:
  ovis-backfill gaps                                          what is missing of the last 30 days; exit code 1 if anything is
  ovis-backfill gaps raw.daily_aggregates --from 2026-10      of one table, from October until today
  ovis-backfill plan raw.daily_aggregates --last 30d          what loading 30 days again would take; loads nothing
  ovis-backfill run daily_aggregates_elt --from 2026-11-01 --to 2026-11-08
  ovis-backfill run raw.daily_aggregates --from 2026-11 --missing-only --yes
  ovis-backfill run raw.daily_aggregates --last 7d --customers c-000417,c-000418
  ovis-backfill run battery_algorithm_eval_results_elt --last 3m --detach
  ovis-backfill status --follow 1f0c88d2                      follow it from another terminal
  ovis-backfill resume 1f0c88d2                               what failed, or was interrupted
  ovis-backfill run marts.daily_aggregates_per_device --last 30d
                                                              build a model again from what raw tables hold

Ranges: --from and --to are days (2026-11-01) or months (2026-11), UTC; --to is the first one that is not in the range (default: today).
--last 30d, 4w, 3m: the whole days before today. Days are those of the data: what the job loads of a day, it loads on the day after.

Exit codes: 0 done, no gap · 1 failed; gaps: there is a gap · 2 wrong usage or settings, a question that nobody answers · 3 partly failed,
within the limit · 130 interrupted, cancelled or declined

Settings (environment):
  DATABASE_URL                  the warehouse, postgres://user:password@host:5432/database
  OVIS_SHARDS, OVIS_USERNAME, OVIS_PASSWORD, BATTERY_DATABASE_URL, S3_ENDPOINT, … , SCHEDULE_TIME_ZONE
                                the sources and the schedules, as ovis-scheduler --help lists them: give both programs the same`;
