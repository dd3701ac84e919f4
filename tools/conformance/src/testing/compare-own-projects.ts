import { startPostgres, type EmbeddedPostgres } from '@ovis/dev-stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DbtWorker } from '../dbt/dbt-worker.ts';
import { findDbtPython } from '../dbt/find-dbt.ts';
import { compareProject } from '../project/compare-project.ts';
import { OWN_PROJECTS } from './own-projects.ts';

/** A test for each of these projects; without Python and dbt (see install-dbt) there is no oracle, and the title says so. */
export async function compareOwnProjects(names: readonly string[]): Promise<void> {
  const python = await findDbtPython(process.env);
  const title = `beside dbt-core${python === null ? ' (skipped: there is no dbt here)' : ''}`;
  describe.skipIf(python === null)(title, () => {
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
      const { differences } = await compareProject(`${OWN_PROJECTS}/${name}`, server, dbt);
      expect(differences).toEqual([]);
    });
  });
}
