import { addDays, dayOf, parseDayRange, readCalendar, UsageError, type AssetCalendar } from '@ovis/orchestrator';
import { createCatalog } from '@ovis/pipeline';
import { clockOf, isJson, openWarehouse, type CommandContext, type CommonOptions } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { calendarLines, isGap, LEGEND } from '../terminal/calendar.ts';

/** Options of `ovis-backfill gaps`, as typed. */
export interface GapsOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
}

const BY_DEFAULT_DAYS = 30;

/** Prints which days of which raw tables are loaded. @returns the exit code: 1 if there is a gap. */
export async function gapsCommand(
  targets: readonly string[],
  options: GapsOptions,
  context: CommandContext,
): Promise<number> {
  const json = isJson(options);
  const now = clockOf(options).now();
  const typed = parseDayRange(options, now);
  const today = dayOf(now);
  const range = typed ?? { from: addDays(today, -BY_DEFAULT_DAYS), to: today };
  const catalog = createCatalog();
  const assets = assetsOf(catalog, targets);
  const settings = await context.settings();
  await using warehouse = await openWarehouse(settings);
  const calendars: AssetCalendar[] = [];
  for (const asset of assets) {
    const question = { catalog, timeZone: settings.timeZone, asset, range, now, countsFromStart: typed !== null };
    calendars.push(await readCalendar(warehouse.pool, question));
  }
  const hasGap = calendars.some(({ days }) => days.some(isGap));
  const text = json
    ? JSON.stringify({ range, hasGap, assets: calendars }, null, 2)
    : [LEGEND, ...calendars.flatMap((calendar) => ['', ...calendarLines(calendar)])].join('\n');
  context.output.write(`${text}\n`);
  return hasGap ? EXIT.failed : EXIT.done;
}

function assetsOf({ assets, jobs }: ReturnType<typeof createCatalog>, targets: readonly string[]): readonly string[] {
  const names = assets.map(({ name }) => name);
  if (targets.length === 0) return names;
  const wanted = targets.flatMap((target) => {
    const job = jobs.find(({ name }) => name === target);
    if (job) return job.assets;
    if (names.includes(target)) return [target];
    throw new UsageError(
      `there is no raw table and no job "${target}"; the tables are ${names.join(', ')}, the jobs ${jobs.map(({ name }) => name).join(', ')}`,
    );
  });
  return [...new Set(wanted)];
}
