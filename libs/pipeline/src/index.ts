export { createCatalog } from './catalog.ts';
export {
  describeAllowlists,
  type AllowedFieldDescription,
  type AllowlistDescription,
} from './data-protection/describe-allowlists.ts';
export { checkCustomerId, forgetCustomer } from './data-protection/forget-customer.ts';
export type { TableResult } from './data-protection/block-ranges.ts';
export {
  parsePurgeTarget,
  purgeField,
  type PurgeTarget,
  type RemovalOptions,
  type RemovalReport,
} from './data-protection/purge-field.ts';
export {
  applyRetention,
  retainedTables,
  type RetentionOptions,
  type RetentionResult,
  type RetentionSettings,
} from './data-protection/retention.ts';
export { readRecentDrops, type RecentDrops } from './data-protection/recent-drops.ts';
export { listModels } from './models/model-builder.ts';
export type { ModelProject } from './models/model-project.ts';
export type { BatterySource, EvaluationSource, PipelineResources } from './resources.ts';
export { openPlatform, type Platform, type Program } from './platform/open-platform.ts';
export {
  parsePlatformSettings,
  parseWarehouseSettings,
  type PlatformSettings,
  type WarehouseSettings,
} from './platform/settings.ts';
export { describeFailure, type Failure } from './platform/describe-failure.ts';
export {
  findModel,
  planRebuild,
  rebuildModels,
  type RebuildPlan,
  type RebuildRoots,
  type RebuildWay,
} from './models/rebuild-models.ts';
