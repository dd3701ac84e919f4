import { startPostgres, type EmbeddedPostgres } from '@ovis/dev-stack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validateArtifacts } from '../artifacts/validate-artifacts.ts';
import { findDbtPython } from '../dbt/find-dbt.ts';
import { runOurs } from '../project/run-ours.ts';
import { OWN_PROJECTS } from './own-projects.ts';

/** A test that what the runner writes of these projects keeps to dbt's schemas, which dbt itself generates. */
export async function validateOwnArtifacts(names: readonly string[]): Promise<void> {
  const python = await findDbtPython(process.env);
  const title = `by dbt's schemas${python === null ? ' (skipped: there is no dbt here)' : ''}`;
  describe.skipIf(python === null)(title, () => {
    let server: EmbeddedPostgres;

    beforeAll(async () => {
      server = await startPostgres({ settings: { fsync: 'off' } });
    });

    afterAll(() => server.stop());

    test(`artifacts of ${String(names.length)} projects are valid`, { timeout: 1_800_000 }, async () => {
      const folders = names.map((name) => `${OWN_PROJECTS}/${name}`);
      const { validated, findings } = await validateArtifacts({ folders, python: python ?? '', server, run: runOurs });
      expect(findings).toEqual([]);
      expect(validated).toBeGreaterThan(names.length * 4);
    });
  });
}
