import { parseSelector, type IndirectSelection, type Selector } from './selector.ts';
import type { StateFacts } from './state-facts.ts';

/** How nodes are chosen. */
export interface SelectionOptions {
  /** dbt's selectors; unset chooses everything. */
  readonly select?: readonly string[];
  readonly exclude?: readonly string[];
  /** A selector of selectors.yml, which takes the place of the two. */
  readonly selector?: Selector;
  /** How tests are chosen with what they read. Default: `eager`. */
  readonly indirectSelection?: IndirectSelection;
  /** Of what is so chosen, only these unique ids. */
  readonly only?: ReadonlySet<string>;
  /** What a former run left, for `state:`, `result:` and `source_status:`. */
  readonly state?: StateFacts;
}

/** A selection, read. */
export interface SelectionRequest {
  /** Null chooses everything. */
  readonly include: Selector | null;
  readonly exclude: Selector | null;
  readonly indirect: IndirectSelection;
  readonly state: StateFacts | null;
}

/** @throws SelectionError */
export function selectionRequest(options: SelectionOptions): SelectionRequest {
  const read = (texts: readonly string[] | undefined): Selector | null =>
    texts === undefined || texts.length === 0 ? null : parseSelector(texts);
  return {
    include: options.selector ?? read(options.select),
    exclude: read(options.exclude),
    indirect: options.indirectSelection ?? 'eager',
    state: options.state ?? null,
  };
}
