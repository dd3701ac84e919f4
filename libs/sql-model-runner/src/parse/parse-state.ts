import type { BaseContext, Invocation } from '../compile/base-context.ts';
import type { MacroLibrary } from '../compile/macro-library.ts';
import type { Findings } from '../compile/parse-context.ts';
import type { Variables } from '../compile/variables.ts';
import type { SourcePlace } from '../errors.ts';
import type { NodeConfig } from '../project/config.ts';
import type { ProjectFile } from '../project/project-file.ts';
import type { NodeType, ProjectFiles, SourceNode, Target, TestMetadata } from '../project/project.ts';
import type { ColumnProperties, NodeProperties } from '../project/properties.ts';

/** What all steps of parsing share. */
export interface ParseState {
  readonly file: ProjectFile;
  readonly files: ProjectFiles;
  readonly target: Target;
  readonly variables: Variables;
  readonly library: MacroLibrary;
  readonly invocation: Invocation;
  readonly warnings: string[];
}

/** A node before its references are resolved. */
export interface DraftNode {
  readonly uniqueId: string;
  readonly resourceType: NodeType;
  readonly name: string;
  readonly originalFilePath: string;
  readonly path: string;
  readonly fqn: readonly string[];
  readonly rawCode: string;
  readonly config: NodeConfig;
  readonly tags: readonly string[];
  readonly description: string;
  readonly columns: readonly ColumnProperties[];
  readonly findings: Pick<Findings, 'refs' | 'sources'>;
  readonly place: SourcePlace;
  readonly test?: TestMetadata;
  readonly columnName?: string | null;
}

/** The properties of nodes by kind and name, and the sources. */
export interface ProjectProperties {
  readonly nodes: ReadonlyMap<string, NodeProperties>;
  readonly sources: ReadonlyMap<string, SourceNode>;
}

export function baseContextOf(state: ParseState): BaseContext {
  const { file, target, variables, invocation, warnings } = state;
  return {
    projectName: file.name,
    packageName: file.name,
    target,
    variables,
    invocation,
    log: () => undefined,
    warn: (message) => warnings.push(message),
  };
}
