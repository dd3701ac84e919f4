import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { start, type Ended, type Started } from './testing/run-backfill.ts';
import { startWorld, type World } from './testing/world.ts';

const NOON = '2026-11-23T12:00:01Z';
const AGGREGATES = 'raw.daily_aggregates';
const soon = { timeout: 60_000, interval: 50 };

let world: World;

beforeAll(async () => {
  world = await startWorld(NOON, 20);
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await world.empty();
});

/** The id that `run` prints. */
function idOf({ stderr }: Pick<Ended, 'stderr'>): string {
  return /backfill ([0-9a-f]{8});/.exec(stderr)?.[1] ?? '';
}

async function rowsOf(table: string): Promise<string | undefined> {
  const found = await world.ask<{ rows: string }>(
    `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|')), '') as rows
     from (select device_id, metric, date, customer_id, shard, payload from ${table} order by 1, 2, 3) as t`,
  );
  return found?.rows;
}

describe('a range of days', () => {
  test('is planned, loaded, and then no gap any more; its models are built once for all days', async () => {
    const range = ['--from', '2026-11-18', '--to', '2026-11-23'];
    const gaps = await world.backfill('gaps', AGGREGATES, ...range);
    expect(gaps).toMatchObject({ exitCode: 1, stderr: '' });
    expect(gaps.stdout).toContain('2026-11-18 to 2026-11-22: missing, no run');
    expect(gaps.stdout).toContain(`ovis-backfill run ${AGGREGATES} --from 2026-11-18 --to 2026-11-23 --missing-only`);

    const plan = await world.backfill('plan', AGGREGATES, ...range);
    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toContain('to load: 5 days, no estimate: it was never loaded');
    expect(plan.stdout).toContain('marts.daily_aggregates_per_device');
    expect(await world.ask('select count(*)::integer as runs from ops.runs')).toEqual({ runs: 0 });

    const run = await world.backfill('run', AGGREGATES, ...range);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^5 of 5 days loaded, [\d,]+ rows, \d+ requests, .*; models built\n$/);
    expect(run.stderr).toContain('2026-11-18  loaded: 12 tasks');
    expect(
      await world.ask('select array_agg(distinct date::text order by date::text) as days from raw.daily_aggregates'),
    ).toEqual({ days: ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'] });
    expect(
      await world.ask(
        `select count(*)::integer as builds, count(distinct run_id)::integer as runs from ops.steps where kind = 'model' and asset like 'marts.%'`,
      ),
    ).toEqual({ builds: 1, runs: 1 });
    expect(
      await world.ask('select count(distinct date)::integer as days from marts.daily_aggregates_per_device'),
    ).toEqual({
      days: 5,
    });

    const closed = await world.backfill('gaps', AGGREGATES, ...range);
    expect(closed).toMatchObject({ exitCode: 0, stderr: '' });
    const again = await world.backfill('run', AGGREGATES, ...range, '--missing-only');
    expect(again).toMatchObject({
      exitCode: 0,
      stdout: `nothing to load of ${AGGREGATES} from 2026-11-18 to 2026-11-23: 5 days loaded in full\n`,
    });
  });

  test('is what the schedule would have loaded, and asks for no other day', async () => {
    const scheduled = await world.scheduler('run', 'daily_aggregates_elt');
    expect(scheduled.exitCode).toBe(0);
    const truth = await rowsOf(AGGREGATES);
    const before = await world.ask<{ requests: number }>(
      'select sum(requests)::integer as requests from ops.materializations',
    );
    await world.empty();
    const run = await world.backfill('run', AGGREGATES, '--last', '3d');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(await rowsOf(AGGREGATES)).toBe(truth);
    const after = await world.ask<{ requests: number }>(
      'select sum(requests)::integer as requests from ops.materializations',
    );
    // The customers are listed once a run; the questions are the same.
    expect(after?.requests).toBeLessThanOrEqual((before?.requests ?? 0) + 4);
  });

  test('of folders and of what was recorded is loaded by day, and leaves the next scheduled run its own', async () => {
    const run = await world.backfill(
      'run',
      'battery_algorithm_eval_results_elt',
      '--from',
      '2026-11-10',
      '--to',
      '2026-11-12',
    );
    expect(run.exitCode, run.stderr).toBe(0);
    const days = (table: string, column: string): string =>
      `select array_agg(distinct (${column})::date::text order by (${column})::date::text) as days from ${table}`;
    const loaded = { days: ['2026-11-10', '2026-11-11'] };
    expect(await world.ask(days('raw.battery_eval_results', 'folder_date'))).toEqual(loaded);
    expect(await world.ask(days('raw.battery_measurements', `recorded_at at time zone 'UTC'`))).toEqual(loaded);
    // It catches up with everything, the days before the backfilled ones too.
    expect((await world.scheduler('run', 'battery_algorithm_eval_results_elt')).exitCode).toBe(0);
    const first = await world.ask<{ before: number }>(
      `select count(*)::integer as before from raw.battery_measurements where recorded_at < '2026-11-10T00:00:00Z'`,
    );
    expect(first?.before).toBeGreaterThan(0);
    const gaps = await world.backfill('gaps', 'battery_algorithm_eval_results_elt', '--last', '20d');
    expect(gaps.exitCode, gaps.stdout).toBe(0);
  });

  test('limited to some customers or shards loads these and does not pass for loaded', async () => {
    expect((await world.scheduler('run', 'daily_aggregates_elt')).exitCode).toBe(0);
    const known = await world.ask<{ customer: string; shard: string }>(
      `select customer_id as customer, shard from ops.tasks where customer_id is not null order by customer_id limit 1`,
    );
    const { customer = '', shard = '' } = known ?? {};
    const range = ['--from', '2026-11-15', '--to', '2026-11-16'];
    const one = await world.backfill('run', AGGREGATES, ...range, '--customers', customer);
    expect(one.exitCode, one.stderr).toBe(0);
    expect(one.stderr).toContain('1 day × 1 customer, 1 task');
    const loaded = `select array_agg(distinct customer_id) as customers from raw.daily_aggregates where date = '2026-11-15'`;
    expect(await world.ask(loaded)).toEqual({ customers: [customer] });
    const gaps = await world.backfill('gaps', AGGREGATES, ...range);
    expect(gaps.exitCode).toBe(1);
    expect(gaps.stdout).toContain('2026-11-15: in part, only some customers or shards were loaded');
    const shards = await world.backfill('run', AGGREGATES, ...range, '--shards', shard, '--output', 'json');
    expect(shards.exitCode, shards.stderr).toBe(0);
    expect(JSON.parse(shards.stdout)).toMatchObject({
      state: 'succeeded',
      shards: [shard],
      runs: [{ day: '2026-11-15' }],
    });
    expect(
      await world.ask(`select array_agg(distinct shard) as shards from raw.daily_aggregates where date = '2026-11-15'`),
    ).toEqual({ shards: [shard] });
    expect((await world.backfill('gaps', AGGREGATES, ...range)).exitCode).toBe(1);
  });
});

describe('a backfill that does not come to its end at once', () => {
  const range = ['--from', '2026-11-13', '--to', '2026-11-23', '--yes'];
  let running: Started[] = [];

  beforeEach(() => {
    running = [];
  });

  function begin(program: 'backfill-cli' | 'scheduler', ...arguments_: readonly string[]): Started {
    const started = start(program, [...arguments_, '--now', NOON], { ...world.settings, HTTP_PORT: '0' });
    running.push(started);
    return started;
  }

  async function endAll(): Promise<void> {
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
  }

  const daysLoaded = async (): Promise<number> => {
    const row = await world.ask<{ days: number }>(
      `select count(*)::integer as days from ops.loaded_intervals where asset = '${AGGREGATES}'`,
    );
    return row?.days ?? 0;
  };

  test('is interrupted by Ctrl-C, says how to go on, and is resumed where it stopped', async () => {
    await using _ = { [Symbol.asyncDispose]: endAll };
    const undisturbed = await world.backfill('run', AGGREGATES, ...range);
    expect(undisturbed.exitCode, undisturbed.stderr).toBe(0);
    const truth = await rowsOf(AGGREGATES);
    await world.empty();

    const run = begin('backfill-cli', 'run', AGGREGATES, ...range);
    await expect.poll(daysLoaded, soon).toBeGreaterThanOrEqual(2);
    run.child.kill('SIGINT');
    const interrupted = await run.ended;
    expect(interrupted.exitCode).toBe(130);
    const id = idOf(interrupted);
    expect(interrupted.stdout).toMatch(/^interrupted: \d of 10 days loaded/);
    expect(interrupted.stdout).toContain(`go on with it: ovis-backfill resume ${id}`);
    const before = await daysLoaded();
    expect(before).toBeLessThan(10);
    expect(
      await world.ask(`select count(*)::integer as open from ops.runs where state in ('queued', 'running')`),
    ).toEqual({ open: 0 });

    const resumed = await world.backfill('resume', id);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(resumed.stdout).toContain('10 of 10 days loaded');
    expect(await rowsOf(AGGREGATES)).toBe(truth);
    expect(
      await world.ask(
        'select max(attempt) > 1 as again, count(*) filter (where attempt = 1)::integer as once from ops.runs',
      ),
    ).toMatchObject({ again: true });
    const nothing = await world.backfill('resume', id);
    expect(nothing).toMatchObject({ exitCode: 0 });
    expect(nothing.stdout).toContain('there is nothing to go on with');
  });

  test('is killed, and goes on by resume', async () => {
    await using _ = { [Symbol.asyncDispose]: endAll };
    const run = begin('backfill-cli', 'run', AGGREGATES, ...range);
    await expect.poll(daysLoaded, soon).toBeGreaterThanOrEqual(1);
    const id = idOf({ stderr: run.said() });
    run.child.kill('SIGKILL');
    await run.ended;
    const resumed = await world.backfill('resume', id);
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(await daysLoaded()).toBe(10);
  });

  test('is left to the scheduler, followed from another terminal, and cancelled', async () => {
    await using _ = { [Symbol.asyncDispose]: endAll };
    const detached = await world.backfill('run', AGGREGATES, '--from', '2026-11-20', '--to', '2026-11-22', '--detach');
    expect(detached.exitCode, detached.stderr).toBe(0);
    expect(detached.stdout).toContain('none is running now: start ovis-scheduler serve');
    const id = /backfill ([0-9a-f]{8}) waits/.exec(detached.stdout)?.[1] ?? '';
    const following = begin('backfill-cli', 'status', id, '--follow');
    begin('scheduler', 'serve');
    const followed = await following.ended;
    expect(followed.exitCode, followed.stderr).toBe(0);
    expect(followed.stderr).toContain('2026-11-20  loaded: 12 tasks');
    expect(followed.stdout).toContain('2 of 2 days loaded');
    // The service knows what it leads: a backfill's day is no proof that all before it is loaded.
    expect(
      await world.ask(
        `select count(*)::integer as days, bool_and(by_backfill) as said
         from ops.loaded_intervals join ops.runs using (run_id) where cause = 'backfill'`,
      ),
    ).toEqual({ days: 2, said: true });

    const long = await world.backfill(
      'run',
      AGGREGATES,
      '--from',
      '2026-11-01',
      '--to',
      '2026-11-15',
      '--detach',
      '--yes',
    );
    const longId = /backfill ([0-9a-f]{8}) waits/.exec(long.stdout)?.[1] ?? '';
    const cancelled = await world.backfill('cancel', longId);
    expect(cancelled.exitCode, cancelled.stdout).toBe(0);
    expect(cancelled.stdout).toMatch(/^cancelled: \d+ of 14 days loaded/);
    const { stdout } = await world.backfill('status', longId);
    expect(stdout).toContain('cancelled');
    expect(stdout).toContain(`go on with it: ovis-backfill resume ${longId}`);
  });

  test('lets runs of the schedule and by hand go first', async () => {
    await using _ = { [Symbol.asyncDispose]: endAll };
    await world.ask(
      `insert into ops.runs (job, scheduled_for, cause, state) values ('daily_aggregates_elt', '2026-11-23T03:00:00Z', 'schedule', 'queued')`,
    );
    const run = begin('backfill-cli', 'run', AGGREGATES, '--last', '2d');
    await expect.poll(() => run.said(), soon).toContain('waits until schedule run');
    expect(await world.ask(`select count(*)::integer as begun from ops.runs where attempt > 0`)).toEqual({ begun: 0 });
    begin('scheduler', 'serve');
    const ended = await run.ended;
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(
      await world.ask(
        `select bool_and(later.started_at >= first.finished_at) as is_after
         from ops.runs as first, ops.runs as later where first.cause = 'schedule' and first.job = 'daily_aggregates_elt' and later.cause = 'backfill'`,
      ),
    ).toEqual({ is_after: true });
  });

  test('fails where a shard fails, says what, and loads the rest when it is back', async () => {
    await using _ = { [Symbol.asyncDispose]: endAll };
    const dead = { ...world.settings, OVIS_SHARD_2_USERNAME: 'nobody', OVIS_SHARD_2_PASSWORD: 'wrong' };
    const run = start('backfill-cli', ['run', AGGREGATES, '--last', '1d', '--now', NOON], dead);
    running.push(run);
    const failed = await run.ended;
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain('failed: 0 of 1 day loaded');
    const gaps = await world.backfill('gaps', AGGREGATES, '--last', '1d');
    expect(gaps.stdout).toContain('2026-11-22: in part, failed');
    const resumed = await world.backfill('resume', idOf(failed));
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect((await world.backfill('gaps', AGGREGATES, '--last', '1d')).exitCode).toBe(0);
  });
});

describe('models over a range', () => {
  test('are built again from what raw tables hold, the days of the range and no other', async () => {
    expect((await world.backfill('run', AGGREGATES, '--last', '4d')).exitCode).toBe(0);
    await world.ask(
      `update marts.daily_aggregates_per_device set customer_id = 'wrong' where date in ('2026-11-20', '2026-11-22')`,
    );
    const requests = world.simulator.requests.reduce((sum, shard) => sum + shard.total, 0);
    const run = await world.backfill(
      'run',
      'daily_aggregates_per_device',
      '--from',
      '2026-11-20',
      '--to',
      '2026-11-21',
    );
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stderr).toContain('the days of the range, and what depends on them');
    expect(world.simulator.requests.reduce((sum, shard) => sum + shard.total, 0)).toBe(requests);
    expect(
      await world.ask(`select count(*) filter (where date = '2026-11-20')::integer as rebuilt, count(*) filter (where date = '2026-11-22')::integer > 0 as others
                       from marts.daily_aggregates_per_device where customer_id = 'wrong'`),
    ).toEqual({ rebuilt: 0, others: true });
  });

  test('of a source that knows only its present state are offered instead of loading it', async () => {
    expect((await world.scheduler('run', 'twelve_hourly_elt')).exitCode).toBe(0);
    const refused = await world.backfill('run', 'twelve_hourly_elt', '--last', '2d');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('cannot be loaded for the past: the source knows only its present state');
    const offered = 'twelve_hourly_elt --from 2026-11-21 --to 2026-11-23 --models-only';
    expect(refused.stderr).toContain(`ovis-backfill run ${offered}`);
    const run = await world.backfill('run', ...offered.split(' '), '--yes');
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/models built, 0 models or tests failed/);
  });
});

describe('wrong input', () => {
  test.each([
    [
      ['run', 'raw.daily_agregates', '--last', '3d'],
      'there is no "raw.daily_agregates"; there are the raw tables raw.device_last_updates',
    ],
    [['run', AGGREGATES], 'which days? Say --from and --to'],
    [['plan', AGGREGATES, '--from', '2026-11-31'], '--from 2026-11-31 is no day and no month'],
    [
      ['plan', AGGREGATES, '--from', '2026-11-05', '--to', '2026-11-05'],
      'one day is --from 2026-11-05 --to 2026-11-06',
    ],
    [['plan', AGGREGATES, '--last', '3'], '--last 3 is no length'],
    [['plan', AGGREGATES, '--last', '3d', '--from', '2026-11'], '--last says the whole range'],
    [
      ['plan', AGGREGATES, '--last', '3d', '--shards', 'nowhere:1'],
      'there is no shard nowhere:1; the shards are 127.0.0.1:',
    ],
    [['plan', AGGREGATES, '--last', '3d', '--concurrency', '99'], '--concurrency 99 is no number from 1 to 8'],
    [
      ['plan', 'raw.battery_measurements', '--last', '3d', '--customers', 'c-1'],
      'cannot be loaded for single customers',
    ],
    [['run', AGGREGATES, '--last', '20d'], 'nobody can be asked here: add --yes'],
    [['gaps', 'marts.fleet_overview'], 'there is no raw table and no job "marts.fleet_overview"'],
    [['gaps', '--output', 'xml'], '--output xml is neither text nor json'],
    [['status', 'ffffffff'], 'ovis-backfill status lists them'],
    [['resume', 'x'], 'ovis-backfill status lists them'],
    [['restart'], "unknown command 'restart'"],
  ])('%j is named, with exit code 2', async (arguments_, message) => {
    const { exitCode, stdout, stderr } =
      arguments_[0] === 'restart'
        ? await start('backfill-cli', arguments_, world.settings).ended
        : await world.backfill(...arguments_);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a database that is not set, or not there, is told', async () => {
    const unset = await start('backfill-cli', ['gaps'], {}).ended;
    expect(unset.exitCode).toBe(2);
    expect(unset.stderr).toContain('DATABASE_URL');
    const away = await start('backfill-cli', ['gaps'], { DATABASE_URL: 'postgres://u:secret@127.0.0.1:9/d' }).ended;
    expect(away.exitCode).toBe(1);
    expect(away.stderr).toContain('127.0.0.1:9');
    expect(away.stderr).not.toContain('secret');
  });

  test('--help needs nothing, has examples, and is quick', async () => {
    const times: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const startedMs = performance.now();
      const { exitCode, stdout } = await start('backfill-cli', ['--help'], {}).ended;
      times.push(performance.now() - startedMs);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('ovis-backfill run daily_aggregates_elt --from 2026-11-01 --to 2026-11-08');
    }
    expect(Math.min(...times)).toBeLessThan(300);
  });
});
