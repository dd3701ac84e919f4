import { Client } from 'pg';

/** Everything that a run leaves in tables, without the columns that differ from run to run by their nature. */
const CONTENTS = {
  device_last_updates:
    'select device_id, queried_at, shard, customer_id, payload from raw.device_last_updates order by 1, 2',
  thermostat_hierarchy:
    'select customer_id, node_id, queried_at, shard, payload from raw.thermostat_hierarchy order by 1, 2, 3',
  daily_aggregates:
    'select device_id, metric, date, customer_id, shard, payload from raw.daily_aggregates order by 1, 2, 3',
  battery_eval_results: `select device_id, algorithm, evaluated_at, folder_date, object_key, line_number, payload
    from raw.battery_eval_results order by 1, 2, 3`,
  staged: 'select * from raw.battery_eval_results_stage',
  battery_measurements:
    'select measurement_id, measured_at, recorded_at, payload from raw.battery_measurements order by 1',
  battery_replacements:
    'select replacement_id, replaced_at, recorded_at, payload from raw.battery_replacements order by 1',
  gold: `select to_jsonb(t) - '{observed_at,run_id,loaded_at,day_version}'::text[] as row from marts.last_updates_per_day as t order by device_id, queried_date`,
};

/** Runs one statement and gives its first row. */
export async function ask<Row extends object>(url: string, sql: string): Promise<Row | undefined> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

/** Row counts and digests of what a run leaves: equal digests, equal tables. Models only where they were built. */
export async function digestsOf(url: string): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  const gold = await ask<{ name: string | null }>(
    url,
    `select to_regclass('marts.last_updates_per_day')::text as name`,
  );
  for (const [name, sql] of Object.entries(CONTENTS)) {
    if (name === 'gold' && gold?.name === null) continue;
    const row = await ask<{ digest: string }>(
      url,
      `select count(*) || ' rows, ' || coalesce(md5(string_agg(t::text, '|')), '') as digest from (${sql}) as t`,
    );
    digests[name] = row?.digest ?? '';
  }
  return digests;
}

/** How many tasks have succeeded so far. */
export async function tasksDone(url: string): Promise<number> {
  const row = await ask<{ done: number }>(
    url,
    `select count(*)::int as done from ops.tasks where state = 'succeeded' and task_key not like '%*'`,
  );
  return row?.done ?? 0;
}
