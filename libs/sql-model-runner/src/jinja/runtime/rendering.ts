import type { Environment } from '../builtins/environment.ts';
import { FILTERS } from '../builtins/filters.ts';
import { GLOBALS } from '../builtins/globals.ts';
import { TESTS } from '../builtins/tests.ts';
import { raise } from '../errors.ts';
import { suggestion } from '../nearest.ts';
import { PyUndefined, type UndefinedBehaviour } from '../values/undefined.ts';
import { isTrue, type CallArguments, type Value } from '../values/value.ts';
import { Budget, DEFAULT_LIMITS, spend, type Limits } from './budget.ts';

/** A filter or a test of the host: takes the value and the arguments; must not wait. */
export type HostFilter = (value: Value, args: CallArguments) => Value;

/**
 * Where a template finds what it does not define itself. A `Map` is one.
 */
export interface Scope {
  /** The value of a name; undefined when it is not known. Values are those of templates: see `toPython`, `hostFunction`, `hostObject`. */
  get(name: string): Value | undefined;
  /** All names, for `did you mean`. */
  keys?(): Iterable<string>;
  /** What a name or attribute that does not exist does. Default `default`, as jinja2. */
  readonly undefinedBehaviour?: UndefinedBehaviour;
  /** Besides the builtin ones, and before them. */
  readonly filters?: ReadonlyMap<string, HostFilter>;
  readonly tests?: ReadonlyMap<string, HostFilter>;
  readonly limits?: Partial<Limits>;
}

const renderings = new WeakMap<Scope, Rendering>();

/** What the templates and macros of one scope share. */
export class Rendering implements Environment {
  readonly scope: Scope;
  readonly behaviour: UndefinedBehaviour;
  readonly budget: Budget;

  /** There is one for each scope: templates that call each other share their limits. */
  static of(scope: Scope): Rendering {
    let rendering = renderings.get(scope);
    if (rendering === undefined) renderings.set(scope, (rendering = new Rendering(scope)));
    return rendering;
  }

  private constructor(scope: Scope) {
    this.scope = scope;
    this.behaviour = scope.undefinedBehaviour ?? 'default';
    this.budget = new Budget({ ...DEFAULT_LIMITS, ...scope.limits });
  }

  /** The value of a name that the template does not define. */
  lookup(name: string): Value {
    const found = this.scope.get(name);
    if (found !== undefined) return found;
    const known = GLOBALS.get(name);
    if (known !== undefined) return known;
    return new PyUndefined(this.behaviour, name, () => `'${name}' is undefined${suggestion(name, this.#names())}`);
  }

  /** The value of a name that the template does define (perhaps not yet), but others may override. */
  lookupFirst(name: string, own: Value | undefined): Value {
    const found = this.scope.get(name);
    return found === undefined ? (own ?? this.lookup(name)) : found;
  }

  /** `value | name(…)`. */
  applyFilter(name: string, value: Value, args: CallArguments): Value {
    spend(1);
    const own = this.scope.filters?.get(name);
    if (own !== undefined) return own(value, args);
    const builtin = FILTERS.get(name);
    if (builtin !== undefined) return builtin(this, value, args);
    const hint = suggestion(name, [...FILTERS.keys(), ...(this.scope.filters?.keys() ?? [])]);
    return raise('TemplateAssertionError', `No filter named '${name}' found${hint}`);
  }

  /** `value is name(…)`. */
  applyTest(name: string, value: Value, args: CallArguments): boolean {
    const own = this.scope.tests?.get(name);
    if (own !== undefined) return isTrue(own(value, args));
    const builtin = TESTS.get(name);
    if (builtin !== undefined) return builtin(this, value, args);
    const hint = suggestion(name, [...TESTS.keys(), ...(this.scope.tests?.keys() ?? [])]);
    return raise('TemplateAssertionError', `No test named '${name}' found${hint}`);
  }

  hasFilter(name: string): boolean {
    return FILTERS.has(name) || this.scope.filters?.has(name) === true;
  }

  hasTest(name: string): boolean {
    return TESTS.has(name) || this.scope.tests?.has(name) === true;
  }

  #names(): Iterable<string> {
    return [...(this.scope.keys?.() ?? []), ...GLOBALS.keys()];
  }
}
