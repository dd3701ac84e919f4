import type { Scope } from './runtime/rendering.ts';
import { compileTemplate, type CompileOptions } from './template.ts';
import { literalEval } from './values/literal.ts';
import { toText } from './values/print.ts';
import type { Value } from './values/value.ts';

/**
 * Renders a text to a value instead of a string, as jinja2's `NativeEnvironment`: one expression alone keeps its type, anything else is joined;
 * a string that is a literal of Python (`1`, `[1, 2]`, `True`) becomes its value.
 *
 * @param join what to make of the parts (texts, and the values of the expressions) instead.
 * @throws JinjaError
 */
export function renderNative(
  text: string,
  scope: Scope,
  options: CompileOptions,
  join: (parts: readonly Value[]) => Value = joinNative,
): Value {
  return join(compileTemplate(text, options).renderParts(scope));
}

/** What jinja2 makes of the parts of a native rendering. */
export function joinNative(parts: readonly Value[]): Value {
  const [first = null] = parts;
  if (parts.length === 0) return null;
  if (parts.length === 1 && typeof first !== 'string') return first;
  const text = parts.map(toText).join('');
  const value = literalEval(text);
  return value === undefined ? text : value;
}
