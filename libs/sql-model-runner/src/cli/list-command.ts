import { parseSelector } from '../graph/selector.ts';
import { selectNodes } from '../graph/select.ts';
import type { AnyNode } from '../project/project.ts';
import { openProject } from './open-project.ts';
import { selectionOf, type CliIo, type CommandOptions } from './options.ts';

/** `ls`: one line a node, in the order of their names. @returns the exit code. */
export async function listCommand(
  options: CommandOptions & { readonly resourceType?: readonly string[]; readonly output: string },
  io: CliIo,
): Promise<number> {
  const { project } = await openProject(options, io);
  const selection = selectionOf(options);
  const { ids, unmatched } = selectNodes(
    project,
    selection.length === 0 ? null : parseSelector(selection),
    parseSelector(options.exclude ?? []),
  );
  for (const selector of unmatched) io.err(`warning: the selector "${selector}" names nothing\n`);
  const nodes: readonly AnyNode[] = [...project.nodes.values(), ...project.sources.values()];
  const lines = nodes
    .filter((node) => ids.has(node.uniqueId) && (options.resourceType?.includes(node.resourceType) ?? true))
    .map((node) => lineOf(node, options.output))
    .toSorted();
  if (lines.length > 0) io.out(`${lines.join('\n')}\n`);
  return 0;
}

function lineOf(node: AnyNode, output: string): string {
  if (output === 'name') return node.name;
  if (output === 'path') return node.originalFilePath;
  if (output === 'json') {
    const { uniqueId, name, resourceType, packageName, originalFilePath, tags, config } = node;
    const alias = node.resourceType === 'source' ? node.relation.identifier : node.alias;
    const dependsOn = node.resourceType === 'source' ? [] : node.dependsOn;
    return JSON.stringify({
      name,
      resource_type: resourceType,
      package_name: packageName,
      original_file_path: originalFilePath,
      unique_id: uniqueId,
      alias,
      tags,
      config,
      depends_on: { nodes: dependsOn },
    });
  }
  return node.resourceType === 'source'
    ? `source:${node.fqn[0] ?? ''}.${node.sourceName}.${node.name}`
    : node.fqn.join('.');
}
