// What can stand in a rule file, as a tree?

import type { Place } from './starlark-tokens.ts';

export type Operator =
  | '+'
  | '-'
  | '*'
  | '//'
  | '%'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not in'
  | 'and'
  | 'or';

export type Expression = { readonly place: Place } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'template'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly Entry[] }
  | { readonly kind: 'comprehension'; readonly value: Expression | Entry; readonly clauses: readonly Clause[] }
  | { readonly kind: 'not' | 'negative'; readonly of: Expression }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'choice';
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'call'; readonly target: Expression; readonly args: readonly Argument[] }
  | { readonly kind: 'attribute'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
  | {
      readonly kind: 'slice';
      readonly of: Expression;
      readonly from: Expression | null;
      readonly to: Expression | null;
    }
);

export interface Entry {
  readonly kind: 'entry';
  readonly key: Expression;
  readonly value: Expression;
}

export type Clause =
  | { readonly kind: 'for'; readonly target: Target; readonly over: Expression }
  | { readonly kind: 'if'; readonly condition: Expression };

/** `name`: null for a positional one. */
export interface Argument {
  readonly name: string | null;
  readonly value: Expression;
}

/** What a value is given to: a name, several names, or a place in a list or dict. */
export type Target = { readonly place: Place } & (
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'several'; readonly targets: readonly Target[] }
  | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
);

export interface Parameter {
  readonly name: string;
  readonly otherwise: Expression | null;
}

export type Statement = { readonly place: Place } & (
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'assign'; readonly target: Target; readonly value: Expression }
  | { readonly kind: 'change'; readonly target: Target; readonly operator: Operator; readonly value: Expression }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: 'for'; readonly target: Target; readonly over: Expression; readonly body: readonly Statement[] }
  | {
      readonly kind: 'def';
      readonly name: string;
      readonly parameters: readonly Parameter[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'return'; readonly value: Expression | null }
  | { readonly kind: 'pass' | 'break' | 'continue' }
);

export interface Branch {
  readonly condition: Expression;
  readonly body: readonly Statement[];
}
