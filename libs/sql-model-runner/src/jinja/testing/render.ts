import {
  compileTemplate,
  JinjaError,
  toPython,
  type CompileOptions,
  type Scope,
  type UndefinedBehaviour,
  type Value,
} from '../index.ts';

/** What a template gave: its text, or Python's name of the error. */
export interface Outcome {
  readonly output?: string;
  readonly error?: string;
}

/** A scope of plain values. */
export function scopeOf(
  names: Readonly<Record<string, unknown>>,
  undefinedBehaviour: UndefinedBehaviour = 'default',
): Scope & Map<string, Value> {
  const values = new Map<string, Value>(Object.entries(names).map(([name, value]) => [name, toPython(value)]));
  return Object.assign(values, { undefinedBehaviour });
}

/** Compiles and renders. */
export function renderText(
  text: string,
  names: Readonly<Record<string, unknown>> = {},
  options: Partial<CompileOptions> = {},
): string {
  return compileTemplate(text, { file: 'test.sql', ...options }).renderSync(scopeOf(names));
}

/** The error that compiling or rendering gives. @throws when there is none, or it is none of the engine's. */
export function failureOf(run: () => unknown): JinjaError {
  try {
    run();
  } catch (error) {
    if (error instanceof JinjaError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

/** The outcome of a synchronous rendering. */
export function outcomeOf(text: string, scope: Scope): Outcome {
  try {
    return { output: compileTemplate(text, { file: 'test.sql' }).renderSync(scope) };
  } catch (error) {
    if (error instanceof JinjaError) return { error: error.type };
    throw error;
  }
}

/** The outcome of an asynchronous rendering. */
export async function asyncOutcomeOf(text: string, scope: Scope): Promise<Outcome> {
  try {
    return { output: await compileTemplate(text, { file: 'test.sql' }).render(scope) };
  } catch (error) {
    if (error instanceof JinjaError) return { error: error.type };
    throw error;
  }
}
