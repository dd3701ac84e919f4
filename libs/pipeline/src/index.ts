export { createCatalog } from './catalog.ts';
export {
  describeAllowlists,
  type AllowedFieldDescription,
  type AllowlistDescription,
} from './data-protection/describe-allowlists.ts';
export { readRecentDrops, type RecentDrops } from './data-protection/recent-drops.ts';
export { listModels } from './models/model-builder.ts';
export type { ModelProject } from './models/model-project.ts';
export type { BatterySource, EvaluationSource, PipelineResources } from './resources.ts';
