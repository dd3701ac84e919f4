import type { SourcePlace } from '../errors.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Variables } from '../compile/variables.ts';
import type { Graph } from '../graph/graph.ts';
import type { NodeConfig } from './config.ts';
import type { ProjectFile } from './project-file.ts';
import type {
  ColumnProperties,
  ConstraintProperties,
  ExposureProperties,
  GroupProperties,
  SourceProperties,
  UnitTestProperties,
} from './properties.ts';

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

export type NodeType = 'model' | 'seed' | 'test' | 'snapshot' | 'analysis' | 'unit_test' | 'operation';
export type ResourceType = NodeType | 'source' | 'exposure';

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

/** What runs: a model, a seed, a snapshot, a test; also analyses, which are only rendered. */
export interface ProjectNode {
  /** `model.<project>.<name>`, as dbt writes it. */
  readonly uniqueId: string;
  readonly resourceType: NodeType;
  readonly packageName: string;
  readonly name: string;
  readonly alias: string;
  readonly relation: RelationName;
  /** Path below the folder of its package. */
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
  /** The file, below the project folder, and the line. */
  readonly place: SourcePlace;
  /** Only generic tests. */
  readonly test?: TestMetadata;
  readonly columnName?: string | null;
  /** Of a test: the node or source that it was written on. */
  readonly attachedTo?: string | null;
  /** Only models with versions. */
  readonly version?: ModelVersion | null;
  readonly latestVersion?: ModelVersion | null;
  /** Constraints of the whole model; those of columns stand there. */
  readonly constraints?: readonly ConstraintProperties[];
  /** The properties file that describes it, as `package://path`; null when none does. */
  readonly patchPath?: string | null;
  /** Only unit tests. */
  readonly unitTest?: UnitTestProperties;
  /** Macros that rendering it at parse time called, by their unique ids. */
  readonly macros?: readonly string[];
  readonly refs?: readonly RefTarget[];
  readonly sources?: readonly (readonly [string, string])[];
}

/** What `ref()` was given. */
export interface RefTarget {
  readonly packageName: string | null;
  readonly name: string;
  readonly version: ModelVersion | null;
}

export type ModelVersion = string | number;

/** What a project's tables are for: a dashboard, an application; part of the graph, never run. */
export interface ExposureNode {
  readonly uniqueId: string;
  readonly resourceType: 'exposure';
  readonly packageName: string;
  readonly name: string;
  readonly originalFilePath: string;
  readonly fqn: readonly string[];
  readonly config: NodeConfig;
  readonly tags: readonly string[];
  readonly description: string;
  readonly dependsOn: readonly string[];
  readonly properties: ExposureProperties;
  readonly place: SourcePlace;
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

export type AnyNode = ProjectNode | SourceNode | ExposureNode;

/** How a message, or a table of results, calls a node. */
export function materializationOf(node: ProjectNode): string {
  const byDefault = node.resourceType === 'model' ? 'view' : node.resourceType;
  const { materialized } = node.config;
  const chooses = node.resourceType === 'model' || node.resourceType === 'snapshot' || node.resourceType === 'seed';
  return typeof materialized === 'string' && chooses ? materialized : byDefault;
}

/** A file of the project. */
export interface ProjectTextFile {
  /** Below the folder of its package, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The files of one package. Seeds are listed, and read only when they are loaded. */
export interface PackageFiles {
  readonly projectFile: ProjectTextFile;
  /** Its folder below the project's, `dbt_packages/dbt_utils/`; empty for the project itself. */
  readonly prefix: string;
  /** Every .sql, .yml, .yaml and .md file below the package's paths, and fixtures of unit tests, sorted by path. */
  readonly texts: readonly ProjectTextFile[];
  /** Paths of every .csv file below the seed paths, sorted. */
  readonly seeds: readonly string[];
  /** Reads one seed. */
  readonly readSeed: (path: string) => Promise<string>;
}

/** The files of a project, as a reader hands them to the parser. */
export interface ProjectFiles extends PackageFiles {
  /** The packages that it uses. Default: none. */
  readonly packages?: readonly PackageFiles[];
  /** `selectors.yml`, where there is one. */
  readonly selectors?: ProjectTextFile | null;
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
  /** The text of a seed's file. */
  readonly readSeed: (node: ProjectNode) => Promise<string>;
  /** What `ref()` and `source()` find. */
  readonly lookup: Lookup;
  /** The project files of the packages by name. */
  readonly packages: ReadonlyMap<string, ProjectFile>;
  readonly exposures: ReadonlyMap<string, ExposureNode>;
  readonly groups: readonly GroupProperties[];
  /** Nodes that are switched off. */
  readonly disabled: readonly ProjectNode[];
  /** Texts of docs blocks by `package.name`. */
  readonly docs: ReadonlyMap<string, DocsBlock>;
  /** The text of selectors.yml, read when a selector is asked for. */
  readonly selectorsFile: ProjectTextFile | null;
}

/** A block of a Markdown file that `doc()` names. */
export interface DocsBlock {
  readonly text: string;
  readonly packageName: string;
  readonly name: string;
  /** Below the folder of its package. */
  readonly file: string;
}

/** Finds what references name, as the package sees it that refers. */
export interface Lookup {
  /** The unique id, or undefined when nothing is so called. */
  ref(target: RefTarget, fromPackage: string): string | undefined;
  source(sourceName: string, tableName: string, fromPackage: string): string | undefined;
}
