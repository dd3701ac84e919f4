import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres, type EmbeddedPostgres } from '@ovis/dev-stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DbtWorker } from './dbt/dbt-worker.ts';
import { findDbtPython } from './dbt/find-dbt.ts';
import { compareProject } from './project/compare-project.ts';

const PROJECTS = fileURLToPath(new URL('../projects', import.meta.url));
/** Every fifth project runs in CI; `npm run soak` and the command run all. */
const SHARE = 5;

const python = await findDbtPython(process.env);
const names = (await readdir(PROJECTS)).toSorted().filter((_, index) => index % SHARE === 0);

// Without Python and dbt (see install-dbt) there is no oracle, and the title of the group says so.
describe.skipIf(python === null)(`beside dbt-core${python === null ? ' (skipped: there is no dbt here)' : ''}`, () => {
  let server: EmbeddedPostgres;
  let dbt: DbtWorker;

  beforeAll(async () => {
    server = await startPostgres({ settings: { fsync: 'off' } });
    dbt = await DbtWorker.start(python ?? '');
  });

  afterAll(async () => {
    await dbt[Symbol.asyncDispose]();
    await server.stop();
  });

  test.for(names)('%s leaves the same tables', async (name) => {
    const { differences } = await compareProject(`${PROJECTS}/${name}`, server, dbt);
    expect(differences).toEqual([]);
  });
});
