import type { Invocation } from '../compile/base-context.ts';
import { DBT_VERSION } from '../compile/dbt-version.ts';

/** The head of every artifact, in dbt's form. */
export interface ArtifactMetadata {
  readonly dbt_schema_version: string;
  readonly dbt_version: string;
  readonly generated_at: string;
  readonly invocation_id: string;
  readonly invocation_started_at: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @param schema of dbt's published schemas, e.g. `run-results/v6`. */
export function artifactMetadata(schema: string, invocation: Invocation, generatedAt: Date): ArtifactMetadata {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${schema}.json`,
    dbt_version: DBT_VERSION,
    generated_at: generatedAt.toISOString(),
    invocation_id: invocation.id,
    invocation_started_at: invocation.startedAt.toISOString(),
    env: {},
  };
}

/** The head of manifest.json: the one part of it that differs from run to run. */
export function manifestMetadata(projectName: string, invocation: Invocation, generatedAt: Date): object {
  return {
    ...artifactMetadata('manifest/v12', invocation, generatedAt),
    project_name: projectName,
    project_id: null,
    user_id: null,
    send_anonymous_usage_stats: false,
    adapter_type: 'postgres',
    quoting: { database: true, schema: true, identifier: true, column: null },
    run_started_at: invocation.startedAt.toISOString(),
  };
}
