import { inspect } from 'node:util';
import { createTestDatabase, type TestDatabase } from '@ovis/dev-stack/testing';
import { describeError } from '@ovis/foundation';
import { defineAllowlist, identifier, openAllowed } from '@ovis/pii-allowlist';
import { RawLoaderError, transact } from '@ovis/raw-loader';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePurgeTarget } from './data-protection/purge-field.ts';
import { holdsCanary, MARK } from './testing/privacy/canaries.ts';

/** Statements that PostgreSQL refuses with a message, a detail or a context that quotes the value. */
const REFUSED: Readonly<Record<string, string>> = {
  'a text that is no number': 'select $1::text::integer',
  'a text that is no time': 'select $1::text::timestamptz',
  'a text that is no JSON': 'select $1::text::jsonb',
  'a key that is there': 'insert into seen values ($1), ($1)',
  'a row that a constraint refuses': 'insert into long_names values ($1)',
  'a row that has no partition': 'insert into by_name values ($1)',
  'an exception of a function': `select refuse($1)`,
};

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  pool = new Pool({ connectionString: database.url, max: 2 });
  await pool.query(`
    create table seen (name text primary key);
    create table long_names (name text check (length(name) > 1000));
    create table by_name (name text) partition by list (name);
    create function refuse(name text) returns text language plpgsql as $$
    begin raise exception '% is refused', name using detail = name, hint = name; end $$;
  `);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('what is made of an error that quotes a value', () => {
  test.each(Object.entries(REFUSED))('%s: the loader names the code alone', async (_, statement) => {
    const failed = transact({ pool, doing: 'storing a batch' }, (tx) => tx.query(statement, [MARK]));
    const error: unknown = await failed.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RawLoaderError);
    expect(holdsCanary(`${String(error)} ${inspect(error, { depth: 20, showHidden: true })}`)).toBe(false);
  });

  test.each(Object.entries(REFUSED))('%s: the books take neither its message nor its detail', async (_, statement) => {
    const error: unknown = await pool.query(statement, [MARK]).catch((caught: unknown) => caught);
    expect(holdsCanary(inspect(error))).toBe(true);
    expect(holdsCanary(JSON.stringify(describeError(error)))).toBe(false);
  });

  test('the allowlist refuses a row without quoting it', () => {
    const error = thrownBy(() => openAllowed({ payload: MARK, [MARK]: MARK }));
    expect(error).toMatchObject({ name: 'NotAllowedError' });
    expect(holdsCanary(inspect(error, { depth: 20, showHidden: true }))).toBe(false);
  });

  test('a declaration and an argument may be quoted: a person of this platform has written them', () => {
    const field = identifier({ key: true, reason: 'needed' });
    const declared = thrownBy(() => defineAllowlist({ entity: 'Entity', fields: { 'a b': field } }));
    expect(String(declared)).toContain('"a b"');
    expect(String(thrownBy(() => parsePurgeTarget('Entity.name')))).toContain('"Entity.name"');
  });
});
