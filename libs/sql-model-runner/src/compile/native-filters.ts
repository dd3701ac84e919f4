import { ModelRunnerError } from '../errors.ts';
import { AS_TEXT, hostObject, literalEval, toText, type HostFilter, type Value } from './template-engine.ts';

/** The filters with which YAML files say the type of a rendered value: `{{ env_var('PORT') | as_number }}`. */
export const NATIVE_FILTERS: ReadonlyMap<string, HostFilter> = new Map<string, HostFilter>([
  ['as_native', (value) => value],
  ['as_text', (value) => hostObject({ typeName: AS_TEXT, text: () => toText(value) })],
  ['as_bool', (value) => typed(value, 'boolean', 'as_bool', 'True or False')],
  ['as_number', (value) => typed(value, 'number', 'as_number', 'a number')],
]);

function typed(value: Value, type: 'boolean' | 'number', filter: string, expected: string): Value {
  const literal = typeof value === 'string' ? literalEval(value) : value;
  if (typeof literal === type) return literal ?? null;
  throw new ModelRunnerError(`the filter ${filter} was given a text that is not ${expected}`, 'terminal');
}
