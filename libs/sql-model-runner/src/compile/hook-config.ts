import { listOf, type NodeConfig } from '../project/config.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import type { Hook } from '../warehouse/warehouse.ts';

/** The hooks of a node as configured, unrendered. A text is a hook inside the transaction; JSON and mappings say it themselves. */
export function hooksOf(config: NodeConfig, key: 'pre_hook' | 'post_hook'): readonly Hook[] {
  return listOf(config[key]).flatMap((hook) => {
    const read = readHook(hook);
    return read === null ? [] : [read];
  });
}

function readHook(hook: unknown): Hook | null {
  if (isRecord(hook))
    return typeof hook['sql'] === 'string' ? { sql: hook['sql'], transaction: hook['transaction'] !== false } : null;
  if (typeof hook !== 'string') return null;
  if (hook.trim().startsWith('{"')) {
    try {
      return readHook(JSON.parse(hook));
    } catch {
      // No JSON: it is SQL that begins with a brace.
    }
  }
  return { sql: hook, transaction: true };
}
