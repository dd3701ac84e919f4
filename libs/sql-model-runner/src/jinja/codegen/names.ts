import type { Body, Target } from '../syntax/ast.ts';

/** A variable of a template, held in a JavaScript variable of a generated name. */
export interface Variable {
  /** `v1`, `v2`, … */
  readonly id: string;
  /** Whether it has a value wherever it can be seen; otherwise outer variables and the scope stand in for it. */
  readonly isAlwaysSet: boolean;
  /** Whether the scope is asked first: a macro that others may override. */
  readonly isOverridable: boolean;
  /** Called on the first use (`loop`, `caller`: made only when needed). */
  readonly onUse?: () => void;
}

/** The variables of one block, within those around it. */
export class Frame {
  readonly #parent: Frame | null;
  readonly #variables = new Map<string, Variable>();

  constructor(parent: Frame | null) {
    this.#parent = parent;
  }

  declare(name: string, variable: Variable): void {
    this.#variables.set(name, variable);
  }

  own(name: string): Variable | undefined {
    return this.#variables.get(name);
  }

  /** From the innermost outwards, up to one that is always set. */
  candidates(name: string): readonly Variable[] {
    const variable = this.#variables.get(name);
    if (variable?.isAlwaysSet === true) return [variable];
    const outer = this.#parent?.candidates(name) ?? [];
    return variable === undefined ? outer : [variable, ...outer];
  }
}

/** The names that a body assigns in its own frame: `if` has no frame, all other blocks do. */
export function assignedNames(
  body: Body,
  names: Map<string, 'set' | 'macro'> = new Map(),
): Map<string, 'set' | 'macro'> {
  for (const statement of body) {
    if (statement.kind === 'set' || statement.kind === 'setBlock')
      targetNames(statement.target).forEach((name) => names.set(name, 'set'));
    else if (statement.kind === 'macro' && !names.has(statement.name)) names.set(statement.name, 'macro');
    else if (statement.kind === 'if') {
      for (const branch of statement.branches) assignedNames(branch.body, names);
      assignedNames(statement.otherwise, names);
    }
  }
  return names;
}

/** The names that a target assigns; an attribute of a namespace is none. */
export function targetNames(target: Target): readonly string[] {
  if (target.kind === 'name') return [target.name];
  return target.kind === 'tuple' ? target.items.flatMap(targetNames) : [];
}
