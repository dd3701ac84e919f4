/** The one door to the template engine: the rest of the library imports it from here. */
import {
  compileTemplate as compile,
  HostObject,
  joinNative,
  renderNative as native,
  toText,
  type Scope,
  type Template,
  type Value,
} from '../jinja/index.ts';

export {
  callValue,
  callValueSync,
  float,
  hostFunction,
  HostObject,
  hostObject,
  JinjaError,
  jsonText,
  literalEval,
  nearestName,
  PyTuple,
  PyUndefined,
  returnFunction,
  toHost,
  toPython,
  toText,
} from '../jinja/index.ts';
export type { CallArguments, Definition, HostFilter, Scope, Template, Value } from '../jinja/index.ts';

/** Type of what the filter `as_text` gives: a text that stays one, whatever it looks like. */
export const AS_TEXT = 'as_text';

/** Blocks of dbt's besides those of Jinja. */
const BLOCK_TAGS = {
  test: 'macro',
  data_test: 'macro',
  materialization: 'options',
  snapshot: 'name',
  docs: 'raw',
} as const;

/** Compiles a template of a project. @param file path for messages. @param firstLine line of the file at which the text begins. */
export function compileTemplate(source: string, file: string, firstLine = 1): Template {
  return compile(source, { file, firstLine, blockTags: BLOCK_TAGS, macroLookup: 'scope' });
}

/**
 * Renders a text of a YAML file: one expression alone keeps its type, and a text that is a literal of Python becomes its value, but
 * a text within a text stays what it is, as in dbt.
 */
export function renderNative(text: string, scope: Scope, file: string, firstLine = 1): Value {
  return native(text, scope, { file, firstLine }, (parts) => {
    if (parts.length === 0) return '';
    const value = joinNative(parts);
    const isText = typeof value === 'string' || (value instanceof HostObject && value.typeName === AS_TEXT);
    return isText ? parts.map(toText).join('') : value;
  });
}
