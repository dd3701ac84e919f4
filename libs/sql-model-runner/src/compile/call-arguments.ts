import { toText, type CallArguments, type Value } from './template-engine.ts';

/** The arguments of a call by the names of its parameters; surplus and unknown ones are left out. */
export function named(args: CallArguments, parameters: readonly string[]): Readonly<Record<string, Value | undefined>> {
  return Object.fromEntries(parameters.map((name, index) => [name, args.positional[index] ?? args.keyword.get(name)]));
}

/** An argument as text; nothing when it was not given. */
export function textOf(value: Value | undefined): string {
  return value === undefined ? '' : toText(value);
}
