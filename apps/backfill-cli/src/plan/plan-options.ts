import type { CommonOptions } from '../command-context.ts';

/** Options of `plan` and `run`, as typed. */
export interface PlanOptions extends CommonOptions {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly customers?: string;
  readonly shards?: string;
  readonly missingOnly?: boolean;
  readonly modelsOnly?: boolean;
  readonly concurrency: string;
}
