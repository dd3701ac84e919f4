import { UsageError, type Catalog, type ExtractAsset } from '@ovis/orchestrator';
import { findModel, type PipelineResources } from '@ovis/pipeline';

/** What is to be done again: raw tables of a job, or models. */
export type Target =
  | {
      readonly kind: 'raw';
      readonly name: string;
      readonly job: string;
      readonly assets: readonly ExtractAsset<PipelineResources>[];
    }
  | { readonly kind: 'model'; readonly name: string };

/**
 * Finds what a person has named: a raw table, a job, or a model (`marts.x`, or `x` alone).
 *
 * @param modelsDirectory the dbt project, read only if the name is neither a table nor a job.
 * @throws UsageError naming what there is.
 */
export async function findTarget(
  catalog: Catalog<PipelineResources>,
  name: string,
  modelsDirectory: string,
): Promise<Target> {
  const job = catalog.jobs.find((candidate) => candidate.name === name || candidate.assets.includes(name));
  if (job) {
    const names = job.name === name ? job.assets : [name];
    const assets = catalog.assets.filter((asset) => names.includes(asset.name));
    return { kind: 'raw', name, job: job.name, assets };
  }
  const { model, known } = await findModel(modelsDirectory, name);
  if (model !== null) return { kind: 'model', name: model };
  const lists = [
    `raw tables ${catalog.assets.map((asset) => asset.name).join(', ')}`,
    `jobs ${catalog.jobs.map((candidate) => candidate.name).join(', ')}`,
    `models ${known.join(', ')}`,
  ];
  throw new UsageError(`there is no "${name}"; there are the ${lists.join('; the ')}`);
}
