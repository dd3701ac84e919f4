import { BUILTIN_PACKAGE, type MacroEntry, type MacroLibrary } from './macro-library.ts';
import { NATIVE_FILTERS } from './native-filters.ts';
import { hostFunction, hostObject, type Scope, type Value } from './template-engine.ts';

/** Names of a context by what makes their value when it is first asked for. */
export type NameTable = Readonly<Record<string, () => Value>>;

/** What a template of one package sees: macros, packages as namespaces, then the names of the context. */
export class NodeScope implements Scope {
  readonly undefinedBehaviour: 'default' | 'chainable';
  readonly filters = NATIVE_FILTERS;
  readonly #library: MacroLibrary;
  readonly #packageName: string;
  readonly #nodePackage: string;
  readonly #names: NameTable;
  /** What takes the place of macros, by `name` or `package.name`. */
  readonly #overriding: NameTable;
  readonly #values: Map<string, Value>;
  readonly #scopes: Map<string, NodeScope>;
  readonly #bound = new Map<MacroEntry, Value>();
  readonly #onMacro: ((entry: MacroEntry) => void) | undefined;

  /** @param isParsing whether undefined names answer to everything, as dbt's do while it parses. */
  constructor(
    library: MacroLibrary,
    names: NameTable,
    isParsing: boolean,
    packageName = library.rootPackage,
    shared?: NodeScope,
    onMacro?: (entry: MacroEntry) => void,
    overriding: NameTable = {},
  ) {
    this.#onMacro = onMacro ?? (shared ? shared.#onMacro : undefined);
    this.#library = library;
    this.#names = names;
    this.#overriding = shared ? shared.#overriding : overriding;
    this.undefinedBehaviour = isParsing ? 'chainable' : 'default';
    this.#packageName = packageName;
    this.#nodePackage = shared ? shared.#nodePackage : packageName;
    this.#values = shared ? shared.#values : new Map<string, Value>();
    this.#scopes = shared ? shared.#scopes : new Map<string, NodeScope>();
    this.#scopes.set(packageName, this);
  }

  get(name: string): Value | undefined {
    // As in dbt: what overrides one of its own macros does so under the bare name too, and the reverse.
    const instead = this.#overridden(name) ?? this.#overridden(`${BUILTIN_PACKAGE}.${name}`);
    if (instead !== undefined) return instead;
    const macro = this.#library.find(name, this.#nodePackage, this.#packageName);
    if (macro) return this.bind(macro);
    return this.#ownValue(name) ?? this.#namespace(name);
  }

  *keys(): Iterable<string> {
    yield* Object.keys(this.#names);
    yield* this.#library.names();
    yield* this.#library.packageNames;
  }

  /** The macro, ready to be called; names in it are looked up for the node, as in dbt. */
  bind(entry: MacroEntry): Value {
    this.#onMacro?.(entry);
    const home = this.#scopeOf(entry.packageName);
    const known = home.#bound.get(entry);
    if (known !== undefined) return known;
    const macro = entry.template.bind(entry.definition, home);
    home.#bound.set(entry, macro);
    return macro;
  }

  /** `adapter.dispatch`. */
  dispatch(name: string, namespace: string | null): Value | undefined {
    const entry = this.#library.dispatch(name, namespace, this.#nodePackage, this.#packageName);
    return entry && this.bind(entry);
  }

  #scopeOf(packageName: string): NodeScope {
    return (
      this.#scopes.get(packageName) ??
      new NodeScope(this.#library, this.#names, this.undefinedBehaviour === 'chainable', packageName, this)
    );
  }

  #ownValue(name: string): Value | undefined {
    const known = this.#values.get(name);
    if (known !== undefined || !Object.hasOwn(this.#names, name)) return known;
    const value = this.#names[name]?.();
    if (value !== undefined) this.#values.set(name, value);
    return value;
  }

  #overridden(name: string): Value | undefined {
    return Object.hasOwn(this.#overriding, name) ? this.#overriding[name]?.() : undefined;
  }

  /** `package.macro`; under `dbt` also what dbt defines as macros and this library as functions. */
  #namespace(name: string): Value | undefined {
    if (!this.#library.packageNames.includes(name)) return undefined;
    return hostObject({
      typeName: 'MacroNamespace',
      otherAttribute: (macroName) => {
        const instead =
          this.#overridden(`${name}.${macroName}`) ??
          (name === BUILTIN_PACKAGE ? this.#overridden(macroName) : undefined);
        if (instead !== undefined) return instead;
        const entry = this.#library.findIn(name, macroName);
        if (entry) return this.bind(entry);
        return name === BUILTIN_PACKAGE ? this.#ownValue(macroName) : undefined;
      },
    });
  }
}

/** A function of the host under its own name. */
export function fn(name: string, body: Parameters<typeof hostFunction>[1]): Value {
  return hostFunction(name, body);
}
