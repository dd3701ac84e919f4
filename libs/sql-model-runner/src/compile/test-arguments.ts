import { hasJinja } from '../project/project-file.ts';
import type { TestMetadata } from '../project/project.ts';
import { isRecord } from '../project/yaml-cursor.ts';
import { renderNative, toPython, type Scope, type Value } from './template-engine.ts';

/** A text that is a call as a whole needs no braces: `to: ref('orders')`. */
const CALL = /^\s*(?:env_var|ref|var|source|doc)\s*\(.+\)\s*$/su;

/** The arguments of a generic test, ready for its macro: texts with Jinja rendered, except the name of the column. */
export function testArguments(
  test: TestMetadata,
  scope: Scope,
  file: string,
  line: number,
): ReadonlyMap<string, Value> {
  const render = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = CALL.test(value) ? `{{ ${value} }}` : value;
      return hasJinja(text) ? renderNative(text, scope, file, line) : value;
    }
    if (Array.isArray(value)) return value.map(render);
    return isRecord(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(item)]))
      : value;
  };
  return new Map(
    Object.entries(test.kwargs).map(([name, value]) => [
      name,
      toPython(name === 'column_name' ? value : render(value)),
    ]),
  );
}
