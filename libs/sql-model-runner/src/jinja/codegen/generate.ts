import { OPERATIONS, type Operations } from '../runtime/operations.ts';
import type { Body, Statement } from '../syntax/ast.ts';
import type { Source } from '../syntax/position.ts';
import { StatementGenerator } from './statements.ts';
import { CodeUnit, type Mode, type RootFunction } from './unit.ts';

interface GenerateOptions {
  readonly body: Body;
  readonly source: Source;
  readonly mode: Mode;
  readonly exported: ReadonlyMap<Statement, number>;
  readonly isNative: boolean;
  readonly macrosAreOverridable: boolean;
}

/**
 * Turns a template's tree into a JavaScript function.
 *
 * The code is made by `new Function`, which is safe here and only here: every identifier is generated (`v1`, `o2`) or the name of an operation,
 * every number is an offset or a parsed literal, and all that a template's author wrote – texts, names, strings – is reached by an index into the
 * constants `K`. No character of a template becomes code.
 */
export function generate(options: GenerateOptions): RootFunction {
  const unit = new CodeUnit(options.mode, options.macrosAreOverridable);
  const body = new StatementGenerator(unit, options.exported, options.isNative).root(options.body);
  const names = [...unit.operations].join(', ');
  const code = `'use strict';\nconst { ${names} } = O;\nreturn ${unit.functionKeyword} (r, x) {\nconst b = r.behaviour;\n${body}};`;
  const factory = new Function('O', 'K', 'S', code) as (
    operations: Operations,
    constants: readonly unknown[],
    source: Source,
  ) => RootFunction;
  return factory(OPERATIONS, unit.constants, options.source);
}
