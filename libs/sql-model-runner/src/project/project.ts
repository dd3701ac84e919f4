import type { SourcePlace } from '../errors.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Variables } from '../compile/variables.ts';
import type { Graph } from '../graph/graph.ts';
import type { NodeConfig } from './config.ts';
import type { ProjectFile } from './project-file.ts';
import type { ColumnProperties, SourceProperties } from './properties.ts';

/** What a project runs against, as `target` in its templates; never holds a password. */
export interface Target {
  /** Name of the profile's output, `target.name`. Default: `default`. */
  readonly name: string;
  readonly profileName: string;
  /** Kind of the engine. */
  readonly type: 'postgres';
  /** Schema of models that name none. */
  readonly schema: string;
  readonly database: string;
  readonly threads: number;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly role?: string;
}

export type NodeType = 'model' | 'seed' | 'test';
export type ResourceType = NodeType | 'source';

/** A generic test: which macro, on what, with which arguments (as written: Jinja in them is rendered when it runs). */
export interface TestMetadata {
  readonly namespace: string | null;
  readonly name: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A relation that a node was built as, or that a source names. */
export interface RelationName {
  readonly database: string;
  readonly schema: string;
  readonly identifier: string;
}

/** What runs: a model, a seed or a test. */
export interface ProjectNode {
  /** `model.<project>.<name>`, as dbt writes it. */
  readonly uniqueId: string;
  readonly resourceType: NodeType;
  readonly packageName: string;
  readonly name: string;
  readonly alias: string;
  readonly relation: RelationName;
  /** Path below the project folder. */
  readonly originalFilePath: string;
  /** Path below the folder of its kind, as below target/compiled. */
  readonly path: string;
  readonly fqn: readonly string[];
  readonly rawCode: string;
  readonly config: NodeConfig;
  readonly tags: readonly string[];
  readonly description: string;
  readonly columns: readonly ColumnProperties[];
  /** Unique ids, in the order of their first use. */
  readonly dependsOn: readonly string[];
  readonly place: SourcePlace;
  /** Only generic tests. */
  readonly test?: TestMetadata;
  readonly columnName?: string | null;
}

export interface SourceNode {
  readonly uniqueId: string;
  readonly resourceType: 'source';
  readonly packageName: string;
  readonly name: string;
  readonly sourceName: string;
  readonly relation: RelationName;
  readonly originalFilePath: string;
  readonly fqn: readonly string[];
  readonly config: NodeConfig;
  readonly tags: readonly string[];
  readonly description: string;
  readonly columns: readonly ColumnProperties[];
  readonly properties: SourceProperties;
  readonly place: SourcePlace;
}

export type AnyNode = ProjectNode | SourceNode;

/** How a message, or a table of results, calls a node. */
export function materializationOf(node: ProjectNode): string {
  const byDefault = node.resourceType === 'model' ? 'view' : node.resourceType;
  const { materialized } = node.config;
  return typeof materialized === 'string' && node.resourceType === 'model' ? materialized : byDefault;
}

/** A file of the project. */
export interface ProjectTextFile {
  /** Below the project folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The files of a project, as a reader hands them to the parser. Seeds are listed, and read only when they are loaded. */
export interface ProjectFiles {
  readonly projectFile: ProjectTextFile;
  /** Every .sql, .yml, .yaml and .md file below the project's paths, sorted by path. */
  readonly texts: readonly ProjectTextFile[];
  /** Paths of every .csv file below the seed paths, sorted. */
  readonly seeds: readonly string[];
  /** Reads one seed. */
  readonly readSeed: (path: string) => Promise<string>;
}

/** A parsed project: everything that can be known without a database. */
export interface Project {
  readonly name: string;
  readonly file: ProjectFile;
  readonly target: Target;
  readonly nodes: ReadonlyMap<string, ProjectNode>;
  readonly sources: ReadonlyMap<string, SourceNode>;
  /** Enabled nodes and sources, an edge from what is used to what uses it. */
  readonly graph: Graph;
  /** What was passed over: unknown kinds, properties of nodes that do not exist. */
  readonly warnings: readonly string[];
  /** What rendering needs again when nodes run. */
  readonly library: MacroLibrary;
  readonly variables: Variables;
  readonly readSeed: ProjectFiles['readSeed'];
  /** By name, what `ref()` finds: enabled models and seeds. */
  readonly refs: ReadonlyMap<string, ProjectNode>;
}
