import type { CallArguments, Value } from './template-engine.ts';

/** The arguments of a call by the names of its parameters; surplus and unknown ones are left out. */
export function named(args: CallArguments, parameters: readonly string[]): Readonly<Record<string, Value | undefined>> {
  return Object.fromEntries(parameters.map((name, index) => [name, args.positional[index] ?? args.keyword.get(name)]));
}
