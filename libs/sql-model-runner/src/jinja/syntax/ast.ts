/** The one tree that both code generators read. `at` is an offset into the template's text. */
export type Expression =
  | { readonly kind: 'constant'; readonly at: number; readonly value: string | number | bigint | boolean | null }
  | { readonly kind: 'float'; readonly at: number; readonly value: number }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'tuple' | 'list'; readonly at: number; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly at: number; readonly entries: readonly (readonly [Expression, Expression])[] }
  | ConditionalExpression
  | { readonly kind: 'and' | 'or'; readonly at: number; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly at: number; readonly operand: Expression }
  | { readonly kind: 'compare'; readonly at: number; readonly first: Expression; readonly rest: readonly Comparison[] }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'concat'; readonly at: number; readonly parts: readonly Expression[] }
  | { readonly kind: 'unary'; readonly at: number; readonly operator: '-' | '+'; readonly operand: Expression }
  | { readonly kind: 'attribute'; readonly at: number; readonly object: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly at: number; readonly object: Expression; readonly key: Expression }
  | SliceExpression
  | CallExpression
  | FilterExpression
  | {
      readonly kind: 'test';
      readonly at: number;
      readonly value: Expression;
      readonly name: string;
      readonly args: Arguments;
    };

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export interface Comparison {
  readonly operator: ComparisonOperator;
  readonly operand: Expression;
}

/** `otherwise` null: `{{ a if b }}`, undefined when false. */
export interface ConditionalExpression {
  readonly kind: 'conditional';
  readonly at: number;
  readonly test: Expression;
  readonly value: Expression;
  readonly otherwise: Expression | null;
}

export interface SliceExpression {
  readonly kind: 'slice';
  readonly at: number;
  readonly object: Expression;
  readonly start: Expression | null;
  readonly stop: Expression | null;
  readonly step: Expression | null;
}

/** What stands between the parentheses of a call. */
export interface Arguments {
  readonly positional: readonly Expression[];
  readonly keyword: readonly (readonly [string, Expression])[];
  /** `*expression`. */
  readonly spread: Expression | null;
  /** `**expression`. */
  readonly keywordSpread: Expression | null;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly at: number;
  readonly callee: Expression;
  readonly args: Arguments;
}

/** `value` null: the body of the block that the filter stands on. */
export interface FilterExpression {
  readonly kind: 'filter';
  readonly at: number;
  readonly value: Expression | null;
  readonly name: string;
  readonly args: Arguments;
}

/** Where a value is stored: a name, `a, b`, or an attribute of a namespace. */
export type Target =
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'tuple'; readonly at: number; readonly items: readonly Target[] }
  | { readonly kind: 'namespace'; readonly at: number; readonly name: string; readonly attribute: string };

export interface Parameter {
  readonly name: string;
  readonly at: number;
  readonly default: Expression | null;
  /** `Dict[str, str]` of `a: Dict[str, str]`, as written; null without one. */
  readonly annotation: string | null;
}

export type Statement =
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
  | { readonly kind: 'print'; readonly at: number; readonly value: Expression }
  | { readonly kind: 'do'; readonly at: number; readonly value: Expression }
  | { readonly kind: 'break' | 'continue'; readonly at: number }
  | IfStatement
  | ForStatement
  | { readonly kind: 'set'; readonly at: number; readonly target: Target; readonly value: Expression }
  | SetBlockStatement
  | MacroStatement
  | NamedBlockStatement
  | CallBlockStatement
  | { readonly kind: 'filterBlock'; readonly at: number; readonly filter: FilterExpression; readonly body: Body }
  | WithStatement;

export type Body = readonly Statement[];

export interface IfStatement {
  readonly kind: 'if';
  readonly at: number;
  readonly branches: readonly { readonly test: Expression; readonly body: Body }[];
  readonly otherwise: Body;
}

export interface ForStatement {
  readonly kind: 'for';
  readonly at: number;
  readonly target: Target;
  readonly iterable: Expression;
  readonly condition: Expression | null;
  readonly recursive: boolean;
  readonly body: Body;
  readonly otherwise: Body;
}

export interface SetBlockStatement {
  readonly kind: 'setBlock';
  readonly at: number;
  readonly target: Target;
  readonly filter: FilterExpression | null;
  readonly body: Body;
}

export interface MacroStatement {
  readonly kind: 'macro';
  readonly at: number;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
  /** Offsets of the text between the tags. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Offset behind the closing tag. */
  readonly end: number;
}

/** A block whose tag the host declared (`blockTags`). */
export interface NamedBlockStatement {
  readonly kind: 'namedBlock';
  readonly at: number;
  readonly tag: string;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly options: readonly (readonly [string, Expression | null])[];
  readonly body: Body;
  /** Offsets of the text between the tags. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Offset behind the closing tag. */
  readonly end: number;
}

export interface CallBlockStatement {
  readonly kind: 'callBlock';
  readonly at: number;
  readonly parameters: readonly Parameter[];
  readonly call: CallExpression;
  readonly body: Body;
}

export interface WithStatement {
  readonly kind: 'with';
  readonly at: number;
  readonly bindings: readonly (readonly [Target, Expression])[];
  readonly body: Body;
}
