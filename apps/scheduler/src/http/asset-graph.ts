import type { Catalog } from '@ovis/orchestrator';

/** A model or seed and what it reads, by `schema.name`. */
export interface ModelNode {
  readonly name: string;
  readonly kind: 'model' | 'seed';
  readonly description: string;
  /** Raw tables, models and seeds. */
  readonly upstream: readonly string[];
}

/** A raw table, model or seed among those that it depends on and those that depend on it. */
export interface AssetNode {
  readonly name: string;
  readonly kind: 'raw' | 'model' | 'seed';
  readonly description: string;
  /** Jobs that load it or build it. */
  readonly jobs: readonly string[];
  readonly isSnapshot: boolean;
  readonly upstream: readonly string[];
  readonly downstream: readonly string[];
}

export type AssetGraph = ReadonlyMap<string, AssetNode>;

/** Joins raw tables, which jobs load, with the models that read them. Raw tables come first, then models by name. */
export function assetGraph(
  { assets, jobs, upstreamJobs = [] }: Pick<Catalog<never>, 'assets' | 'jobs' | 'upstreamJobs'>,
  models: readonly ModelNode[],
): AssetGraph {
  const raw = assets.map(({ name, description, isSnapshot }) => ({
    name,
    description,
    isSnapshot,
    kind: 'raw' as const,
    upstream: [] as readonly string[],
  }));
  const built = models.map((model) => ({ ...model, isSnapshot: false })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const nodes = [...raw, ...built];
  const names = new Set(nodes.map(({ name }) => name));
  const downstream = new Map<string, string[]>(nodes.map(({ name }) => [name, []]));
  for (const { name, upstream } of nodes) for (const parent of upstream) downstream.get(parent)?.push(name);
  const jobsOf = new Map<string, Set<string>>(nodes.map(({ name }) => [name, new Set()]));
  const byEvent = new Set(upstreamJobs.flatMap((job) => job.models));
  for (const job of jobs)
    for (const name of reachable(job.assets, downstream)) if (!byEvent.has(name)) jobsOf.get(name)?.add(job.name);
  for (const job of upstreamJobs) for (const name of job.models) jobsOf.get(name)?.add(job.name);
  return new Map(
    nodes.map((node) => [
      node.name,
      {
        ...node,
        upstream: node.upstream.filter((parent) => names.has(parent)),
        downstream: downstream.get(node.name) ?? [],
        jobs: [...(jobsOf.get(node.name) ?? [])],
      },
    ]),
  );
}

function reachable(from: readonly string[], downstream: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(from);
  // A set grows while it is walked.
  for (const name of reached) for (const child of downstream.get(name) ?? []) reached.add(child);
  return reached;
}
