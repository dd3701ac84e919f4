import { ModelRunnerError } from '../errors.ts';
import type { ModelVersion, RefTarget } from '../project/project.ts';
import { toHost, type CallArguments } from './template-engine.ts';

/** What `source(…)` names. */
export interface SourceArguments {
  readonly sourceName: string;
  readonly name: string;
}

/** @throws ModelRunnerError when the arguments are not one or two texts. */
export function refArguments({ positional, keyword }: CallArguments): RefTarget {
  const texts = positional.filter((value) => typeof value === 'string');
  if (texts.length !== positional.length || texts.length < 1 || texts.length > 2) {
    throw new ModelRunnerError(
      "ref() takes the name of a model, or a package and a name, as texts; expected e.g. ref('orders')",
      'terminal',
    );
  }
  const given = toHost(keyword.get('version') ?? keyword.get('v') ?? null);
  const version: ModelVersion | null = typeof given === 'string' || typeof given === 'number' ? given : null;
  const [first = '', second] = texts;
  return second === undefined
    ? { packageName: null, name: first, version }
    : { packageName: first, name: second, version };
}

/** @throws ModelRunnerError when the arguments are not two texts. */
export function sourceArguments({ positional }: CallArguments): SourceArguments {
  const [sourceName, name] = positional;
  if (positional.length !== 2 || typeof sourceName !== 'string' || typeof name !== 'string') {
    throw new ModelRunnerError(
      "source() takes the names of a source and of its table; expected e.g. source('raw', 'orders')",
      'terminal',
    );
  }
  return { sourceName, name };
}
