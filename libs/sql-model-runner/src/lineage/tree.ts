import type { Node } from 'libpg-query';

/** The text of a `String` node; empty for others. */
export function textOf(node: Node | undefined): string {
  return node !== undefined && 'String' in node ? (node.String.sval ?? '') : '';
}

/** The texts of a list of names. */
export function textsOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).map(textOf);
}

/** The text or the whole number that a node is, as text; null for anything else, null itself among it. */
export function constantOf(node: Node | undefined): string | null {
  if (node === undefined) return null;
  if ('TypeCast' in node) return constantOf(node.TypeCast.arg);
  if (!('A_Const' in node)) return null;
  const { sval, ival } = node.A_Const;
  if (sval !== undefined) return sval.sval ?? '';
  // Zero is the default of the tree's serialization and left out.
  return ival === undefined ? null : String(ival.ival ?? 0);
}

/** The nodes directly below a value of the tree, whatever it is. */
export function childrenOf(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap((item) => (isNode(item) ? [item] : childrenOf(item)));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((item: unknown) => (isNode(item) ? [item] : childrenOf(item)));
}

/** A node is wrapped in an object whose only key is its kind. */
function isNode(value: unknown): value is Node {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && /^[A-Z]/u.test(keys[0] ?? '');
}
