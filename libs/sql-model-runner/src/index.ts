export {
  CancelledError,
  DatabaseError,
  formatPlace,
  ModelRunnerError,
  ProjectError,
  SelectionError,
  SettingsError,
  type DatabaseFailure,
  type Retryability,
  type SourcePlace,
} from './errors.ts';
export { targetWriter, type TargetWriter } from './files/write-target.ts';
export type { Graph } from './graph/graph.ts';
export { JinjaError } from './compile/template-engine.ts';
export type { ColumnPath, Flow, Usage } from './lineage/flow.ts';
export { findLineageTarget, type LineageTarget } from './lineage/find-column.ts';
export type { NodeLineage, ProjectLineage } from './lineage/project-lineage.ts';
export { queryLineage, type QueryLineage } from './lineage/query-lineage.ts';
export type { RelationReference, RelationShape } from './lineage/scope.ts';
export {
  traceColumn,
  type Direction,
  type LineageEdge,
  type LineageTrace,
  type ReachedColumn,
} from './lineage/trace.ts';
export { parseConnectionString, type PostgresSettings, type SslMode } from './postgres/connection-settings.ts';
export { connectPostgres } from './postgres/warehouse.ts';
export { readProfile, type Profile, type ProfileChoice } from './profile/read-profile.ts';
export type { NodeConfig } from './project/config.ts';
export {
  materializationOf,
  type AnyNode,
  type NodeType,
  type Project,
  type ProjectNode,
  type RelationName,
  type ResourceType,
  type SourceNode,
  type Target,
} from './project/project.ts';
export type { ColumnProperties, SourceProperties } from './project/properties.ts';
export { checkProject, type CheckOptions, type CheckResult } from './run/check-project.ts';
export { compileProject, type CompiledSql } from './run/compile-project.ts';
export { findResetRelations, type ResetRelation } from './run/find-reset-relations.ts';
export { loadProject, type LoadOptions } from './run/load-project.ts';
export {
  planProject,
  type AffectedColumn,
  type NodePlan,
  type PlanOptions,
  type ProjectPlan,
} from './run/plan-project.ts';
export type { Action } from './run/plan-action.ts';
export type { ColumnChanges } from './run/diff-columns.ts';
export { readLineage, type LineageOptions } from './run/read-lineage.ts';
export { exitCodeOf, type NodeResult, type NodeStatus, type RunEvent, type RunResult } from './run/result.ts';
export { chosenNodes, runProject, type RunOptions, type Verb } from './run/run-project.ts';
export type {
  BuildOutcome,
  BuildRequest,
  Connect,
  ExistingRelation,
  Hook,
  Materialization,
  QueryResult,
  RelationColumn,
  RelationKind,
  SeedRows,
  Session,
  Warehouse,
} from './warehouse/warehouse.ts';
