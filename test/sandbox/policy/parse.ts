// What does the text of a Seatbelt policy say? Its rules as a tree, or an error with the place of the mistake.

export type Form =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'regex'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Form[] };

export interface PolicyRule {
  readonly verdict: 'allow' | 'deny';
  readonly operations: readonly string[];
  /** Alternatives; none: the rule is about everything. */
  readonly filters: readonly Form[];
}

/** The rules of a policy in their order. Throws on anything but one `(version 1)` and rules after it. */
export function parsePolicy(text: string): readonly PolicyRule[] {
  const [version, ...rules] = parseForms(text);
  if (version === undefined || written(version) !== '(version 1)') throw new Error('a policy begins with (version 1)');
  return rules.map(ruleOf);
}

function ruleOf(form: Form): PolicyRule {
  const [verdict, ...rest] = form.kind === 'list' ? form.items : [];
  if (verdict?.kind !== 'atom' || (verdict.text !== 'allow' && verdict.text !== 'deny'))
    throw new Error(`no rule: ${written(form)}`);
  const firstFilter = rest.findIndex((it) => it.kind !== 'atom');
  const operations = (firstFilter === -1 ? rest : rest.slice(0, firstFilter)).flatMap((it) =>
    it.kind === 'atom' ? [it.text] : [],
  );
  const others = firstFilter === -1 ? [] : rest.slice(firstFilter);
  if (operations.length === 0) throw new Error(`a rule about no operation: ${written(form)}`);
  const misplaced = others.find((it) => it.kind !== 'list');
  if (misplaced !== undefined) throw new Error(`no filter: ${written(misplaced)}`);
  // What is reported, and how, changes no decision.
  const filters = others.filter((it) => headOf(it) !== 'with');
  return { verdict: verdict.text, operations, filters };
}

/** The first word of a list, or null. */
export function headOf(form: Form): string | null {
  const first = form.kind === 'list' ? form.items[0] : undefined;
  return first?.kind === 'atom' ? first.text : null;
}

/** A form as text again, for messages. */
export function written(form: Form): string {
  switch (form.kind) {
    case 'atom':
      return form.text;
    case 'string':
      return JSON.stringify(form.text);
    case 'regex':
      return `#"${form.text}"`;
    case 'list':
      return `(${form.items.map(written).join(' ')})`;
  }
}

const TOKEN = /\s+|;[^\n]*|([()])|#"([^"]*)"|"((?:[^"\\]|\\.)*)"|([^\s()";#]+)/suy;

function parseForms(text: string): readonly Form[] {
  const open: Form[][] = [[]];
  const add = (form: Form): void => void open.at(-1)?.push(form);
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`not readable at ${at}: ${text.slice(at, at + 30)}`);
    const [, bracket, regex, string, atom] = token;
    if (bracket === '(') open.push([]);
    else if (bracket === ')') {
      const items = open.pop();
      if (items === undefined || open.length === 0) throw new Error(`closed once too often at ${at}`);
      add({ kind: 'list', items });
    } else if (regex !== undefined) add({ kind: 'regex', text: regex });
    else if (string !== undefined) add({ kind: 'string', text: string.replace(/\\(.)/gs, '$1') });
    else if (atom !== undefined) add({ kind: 'atom', text: atom });
  }
  const [forms, unclosed] = open;
  if (forms === undefined || unclosed !== undefined) throw new Error('not closed at the end');
  return forms;
}
