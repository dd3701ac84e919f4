import { readFileSync } from 'node:fs';
import { parseDatabaseUrl, readSetting, type Environment } from '@ovis/foundation';
import { describeAllowlists, readRecentDrops, type AllowlistDescription, type RecentDrops } from '@ovis/pipeline';
import { createPool, describeConnectionError } from '@ovis/warehouse';
import { formatCount, formatTable } from '@ovis/foundation';

/** What was dropped lately, or why that is not known. */
type Counts = { readonly recent: readonly RecentDrops[] } | { readonly unknown: string };

/** Prints what passes of each entity, what is left out on purpose, and, where the database can be reached, what was dropped lately. */
export async function allowlistCommand(options: { readonly json?: boolean }, env: Environment): Promise<void> {
  const entities = describeAllowlists();
  const counts = await readCounts(env);
  const text = options.json
    ? JSON.stringify({ entities, drops: 'recent' in counts ? counts.recent : null }, null, 2)
    : [...entities.flatMap(entityLines), ...countLines(counts)].join('\n');
  process.stdout.write(`${text}\n`);
}

async function readCounts(env: Environment): Promise<Counts> {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  if (readSetting(env, 'DATABASE_URL', readFile) === undefined) {
    return { unknown: 'what was dropped lately: set DATABASE_URL to see the counts' };
  }
  const url = parseDatabaseUrl(env, readFile);
  const pool = createPool({ url, applicationName: 'ovis-scheduler', role: 'ovis_loader', max: 1 });
  try {
    return { recent: await readRecentDrops(pool) };
  } catch (error) {
    const reason = describeConnectionError(error, url)?.message ?? 'the database has no such counts; is it migrated?';
    return { unknown: `what was dropped lately: the counts need the database of DATABASE_URL (${reason})` };
  } finally {
    await pool.end();
  }
}

function entityLines({
  entity,
  source,
  description,
  storedIn,
  fields,
  leftOut,
}: AllowlistDescription): readonly string[] {
  const where = storedIn.length === 0 ? 'not stored' : `kept in ${storedIn.join(', ')}`;
  const rows = fields.map(({ path, type, key, accepts, unit, reason }) => [
    path,
    key ? `${type}, key` : type,
    accepts,
    unit ?? '',
    reason,
  ]);
  const left = formatTable(
    ['left out on purpose', 'why'],
    leftOut.map(({ path, reason }) => [path, reason]),
  );
  return [
    `${entity} (${source}; ${where})`,
    description,
    '',
    ...formatTable(['field', 'type', 'accepted', 'unit', 'needed because'], rows),
    '',
    ...(leftOut.length === 0 ? [] : [...left, '']),
  ];
}

function countLines(counts: Counts): readonly string[] {
  if ('unknown' in counts) return [counts.unknown];
  if (counts.recent.length === 0) return ['what was dropped lately: nothing was loaded yet'];
  const rows = counts.recent.flatMap(({ asset, scheduledFor, drops }) =>
    drops.length === 0
      ? [[asset, scheduledFor.toISOString(), '-', 'nothing', '0']]
      : drops.map(({ path, kind, count }) => [
          asset,
          scheduledFor.toISOString(),
          path,
          WORDS[kind],
          formatCount(count),
        ]),
  );
  return [
    'what was dropped by the newest run of each table',
    '',
    ...formatTable(['table', 'run', 'path', 'because', 'fields'], rows),
  ];
}

const WORDS = { dropped: 'not named', mismatched: 'not of its type or range' } as const;
