import { selectionRequest } from '../graph/selection-request.ts';
import { selectNodes } from '../graph/select.ts';
import type { AnyNode } from '../project/project.ts';
import { openProject } from './open-project.ts';
import type { CliIo, CommandOptions } from './options.ts';
import { readSelection } from './selection.ts';

/** `ls`: one line a node, in the order of their names. @returns the exit code. */
export async function listCommand(
  options: CommandOptions & { readonly output: string; readonly outputKeys?: readonly string[] },
  io: CliIo,
): Promise<number> {
  const { project, targetPath } = await openProject(options, io);
  const { selection } = await readSelection(project, options, io, targetPath);
  const { ids, unmatched } = selectNodes(project, selectionRequest(selection));
  for (const selector of unmatched) io.err(`warning: the selector "${selector}" names nothing\n`);
  const nodes: readonly AnyNode[] = [
    ...project.nodes.values(),
    ...project.sources.values(),
    ...project.exposures.values(),
  ];
  const keys = options.outputKeys?.flatMap((key) => key.split(/[\s,]+/u)) ?? null;
  const lines = nodes
    .filter(
      ({ uniqueId, resourceType }) =>
        ids.has(uniqueId) &&
        (options.resourceType?.some((type) => type === resourceType || type === 'all') ?? true) &&
        !(options.excludeResourceType?.includes(resourceType) ?? false),
    )
    .map((node) => lineOf(node, options.output, keys))
    .toSorted();
  if (lines.length > 0) io.out(`${lines.join('\n')}\n`);
  return 0;
}

function lineOf(node: AnyNode, output: string, keys: readonly string[] | null): string {
  if (output === 'name') return node.name;
  if (output === 'path') return node.originalFilePath;
  if (output === 'json') {
    const { uniqueId, name, resourceType, packageName, originalFilePath, tags, config } = node;
    const alias = 'alias' in node ? node.alias : node.name;
    const dependsOn = node.resourceType === 'source' ? [] : node.dependsOn;
    const values: Readonly<Record<string, unknown>> = {
      name,
      resource_type: resourceType,
      package_name: packageName,
      original_file_path: originalFilePath,
      unique_id: uniqueId,
      alias,
      tags,
      config,
      depends_on: { nodes: dependsOn },
    };
    return JSON.stringify(
      keys === null ? values : Object.fromEntries(keys.flatMap((key) => (key in values ? [[key, values[key]]] : []))),
    );
  }
  if (node.resourceType === 'source') return `source:${node.packageName}.${node.sourceName}.${node.name}`;
  if (node.resourceType === 'exposure') return `exposure:${node.packageName}.${node.name}`;
  if (node.resourceType === 'unit_test') return `unit_test:${node.fqn.join('.')}`;
  return node.fqn.join('.');
}
