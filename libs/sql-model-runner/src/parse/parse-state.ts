import type { BaseContext, Invocation } from '../compile/base-context.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Findings } from '../compile/parse-context.ts';
import type { Variables } from '../compile/variables.ts';
import type { SourcePlace } from '../errors.ts';
import type { NodeConfig } from '../project/config.ts';
import type { ProjectFile } from '../project/project-file.ts';
import type { DocsBlock, NodeType, PackageFiles, ProjectNode, SourceNode, Target } from '../project/project.ts';
import type {
  ColumnProperties,
  ConstraintProperties,
  ExposureProperties,
  GroupProperties,
  NodeProperties,
  UnitTestProperties,
} from '../project/properties.ts';

/** What all steps of parsing one package share. */
export interface ParseState {
  /** The package's own dbt_project.yml. */
  readonly file: ProjectFile;
  readonly files: PackageFiles;
  /** The project that is run: its configuration wins over a package's. */
  readonly root: ProjectFile;
  readonly target: Target;
  readonly variables: Variables;
  readonly library: MacroLibrary;
  readonly docs: ReadonlyMap<string, DocsBlock>;
  readonly invocation: Invocation;
  readonly warnings: string[];
}

/** A node before its references are resolved. */
export interface DraftNode extends Omit<ProjectNode, 'relation' | 'alias' | 'dependsOn'> {
  readonly findings: Pick<Findings, 'refs' | 'sources'>;
}

/** The properties of nodes by kind and name, and the sources. */
export interface ProjectProperties {
  readonly nodes: ReadonlyMap<string, DescribedNode>;
  readonly sources: ReadonlyMap<string, SourceNode>;
  readonly exposures: readonly Located<ExposureProperties>[];
  readonly groups: readonly GroupProperties[];
  readonly unitTests: readonly Located<UnitTestProperties>[];
}

/** Properties and the file, below the folder of the package, that they stand in. */
export interface Located<T> {
  readonly file: string;
  readonly properties: T;
}

export interface DescribedNode extends NodeProperties {
  readonly file: string;
}

/** What a node takes of its properties. */
export interface DescribedParts {
  readonly description: string;
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly ConstraintProperties[];
  readonly config: NodeConfig;
}

export function baseContextOf(state: ParseState): BaseContext {
  const { file, root, target, variables, invocation, warnings } = state;
  return {
    projectName: root.name,
    packageName: file.name,
    target,
    variables,
    invocation,
    log: () => undefined,
    warn: (message) => warnings.push(message),
  };
}

/** Where a file of the package lies below the project folder, for messages. */
export function placeOf(state: ParseState, path: string, line = 1): SourcePlace {
  return { file: `${state.files.prefix}${path}`, line };
}

/** The trees of configuration that apply to a kind of node. */
export function treeOf(file: ProjectFile, kind: NodeType): unknown {
  const trees: Readonly<Record<NodeType, unknown>> = {
    model: file.models,
    seed: file.seeds,
    test: file.tests,
    snapshot: file.snapshots,
    analysis: file.analyses,
    unit_test: file.unitTests,
    operation: undefined,
  };
  return trees[kind];
}
