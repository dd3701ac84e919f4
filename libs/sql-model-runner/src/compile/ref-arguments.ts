import { ModelRunnerError } from '../errors.ts';
import type { CallArguments } from './template-engine.ts';

/** What `ref(…)` names. */
export interface RefArguments {
  readonly packageName: string | null;
  readonly name: string;
}

/** What `source(…)` names. */
export interface SourceArguments {
  readonly sourceName: string;
  readonly name: string;
}

/** @throws ModelRunnerError when the arguments are not one or two texts. */
export function refArguments({ positional, keyword }: CallArguments): RefArguments {
  const texts = positional.filter((value) => typeof value === 'string');
  if (texts.length !== positional.length || texts.length < 1 || texts.length > 2) {
    throw new ModelRunnerError(
      "ref() takes the name of a model, or a package and a name, as texts; expected e.g. ref('orders')",
      'terminal',
    );
  }
  if (keyword.get('version') ?? keyword.get('v'))
    throw new ModelRunnerError('ref() with a version is not supported: models have one version here', 'terminal');
  const [first = '', second] = texts;
  return second === undefined ? { packageName: null, name: first } : { packageName: first, name: second };
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
