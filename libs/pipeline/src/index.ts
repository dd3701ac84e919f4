export { createCatalog } from './catalog.ts';
export { listModels } from './models/model-builder.ts';
export type { ModelProject } from './models/model-project.ts';
export type { BatterySource, EvaluationSource, PipelineResources } from './resources.ts';
