// What is emphasised, code or a link in the text of one block? Linear in its length whatever a model writes.

import { type Emphasis, matchRuns, type Run, runAt } from './emphasis.ts';
import { type Bounds, bareLinkEnd, bareLinkTarget, openBounds } from './inline-bounds.ts';
import { linkTail } from './link.ts';

/** A link or an image around some spans; the spans of one link share the object. */
export interface Link {
  readonly kind: 'link' | 'image';
  readonly target: string;
}

/** A stretch of text that looks the same all through. A line feed in it is a break that is kept. */
export interface Inline {
  readonly text: string;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly strike: boolean;
  readonly code: boolean;
  readonly link: Link | null;
}

type Node =
  | { readonly kind: 'text' | 'code'; readonly text: string; link: Link | null }
  | { readonly kind: 'run'; readonly run: Run; link: Link | null };

interface Bracket {
  readonly node: number;
  /** Runs before it: what is emphasised inside of a link ends there. */
  readonly runs: number;
  readonly isImage: boolean;
  /** Links do not hold links. */
  isActive: boolean;
}

const SPECIAL = /[\\`<>![\]*_~&$]|https?:\/\/|www\./g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const TAG = /<\/?[A-Za-z][^<>]*>/y;
const AUTOLINK = /<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20<>]*|[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+)>/y;
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/y;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['copy', '©'],
  ['hellip', '…'],
  ['mdash', '—'],
  ['ndash', '–'],
  ['rarr', '→'],
  ['times', '×'],
]);

/** Spans of a text in their order. What is not closed, or not understood, is there as it was written. */
export function parseInline(text: string): Inline[] {
  const nodes: Node[] = [];
  const runs: Run[] = [];
  const brackets: Bracket[] = [];
  const bounds = openBounds(text);
  let plain = '';
  const endPlain = (): void => {
    if (plain !== '') nodes.push({ kind: 'text', text: plain, link: null });
    plain = '';
  };

  let at = 0;
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    plain += text.slice(at, found?.index ?? text.length);
    if (found === null) break;
    at = found.index;
    const special = found[0];
    const literal = literalAt(text, at, special, bounds);
    if (literal !== null) {
      if (literal.kind === 'text' && literal.link === null) plain += literal.text;
      else {
        endPlain();
        nodes.push({ kind: literal.kind, text: literal.text, link: literal.link });
      }
      at = literal.end;
    } else if (special === '*' || special === '_' || special === '~') {
      const run = runAt(text, at);
      at += run.length;
      if (run.canOpen || run.canClose) {
        endPlain();
        runs.push(run);
        nodes.push({ kind: 'run', run, link: null });
      } else plain += special.repeat(run.length);
    } else if (special === '[' || (special === '!' && text[at + 1] === '[')) {
      endPlain();
      brackets.push({ node: nodes.length, runs: runs.length, isImage: special === '!', isActive: true });
      plain = special === '!' ? '![' : '[';
      endPlain();
      at += special === '!' ? 2 : 1;
    } else if (special === ']') {
      endPlain();
      at = closeBracket(text, at, nodes, runs, brackets);
    } else {
      plain += special;
      at += special.length;
    }
  }
  endPlain();
  matchRuns(runs, 0);
  return spansOf(nodes);
}

interface Literal {
  readonly kind: 'text' | 'code';
  readonly text: string;
  readonly link: Link | null;
  readonly end: number;
}

/** What stands at a special character and is not looked into: code, escapes, tags, addresses, formulas. */
function literalAt(text: string, at: number, special: string, bounds: Bounds): Literal | null {
  const asWritten = (end: number): Literal => ({ kind: 'text', text: text.slice(at, end), link: null, end });
  switch (special) {
    case '`': {
      const code = bounds.codeAt(at);
      return code.end === null
        ? asWritten(at + code.ticks)
        : {
            kind: 'code',
            text: codeText(text.slice(at + code.ticks, code.end - code.ticks)),
            link: null,
            end: code.end,
          };
    }
    case '\\': {
      const next = text[at + 1] ?? '';
      const formula = next === '(' || next === '[' ? bounds.endOf(`\\${next === '(' ? ')' : ']'}`, at + 2) : null;
      if (formula !== null) return asWritten(formula);
      return PUNCTUATION.test(next) ? { kind: 'text', text: next, link: null, end: at + 2 } : asWritten(at + 1);
    }
    case '$': {
      const end = text.startsWith('$$', at) ? bounds.endOf('$$', at + 2) : bounds.formulaEnd(at);
      return end === null ? null : asWritten(end);
    }
    case '<': {
      const address = matchAt(AUTOLINK, text, at);
      if (address !== null) {
        const target = address[1] ?? '';
        const isMail = !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(target);
        const link: Link = { kind: 'link', target: isMail ? `mailto:${target}` : target };
        return { kind: 'text', text: target, link, end: at + address[0].length };
      }
      if (text.startsWith('<!--', at)) {
        const end = bounds.endOf('-->', at + 4);
        return end === null ? null : asWritten(end);
      }
      const tag = matchAt(TAG, text, at);
      return tag === null ? null : asWritten(at + tag[0].length);
    }
    case '&': {
      const entity = matchAt(ENTITY, text, at);
      const meant = entity === null ? null : characterOf(entity);
      return entity === null || meant === null
        ? null
        : { kind: 'text', text: meant, link: null, end: at + entity[0].length };
    }
    case 'http://':
    case 'https://':
    case 'www.': {
      const end = bareLinkEnd(text, at);
      if (end === null) return null;
      const shown = text.slice(at, end);
      return { kind: 'text', text: shown, link: { kind: 'link', target: bareLinkTarget(shown) }, end };
    }
    default:
      return null;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function characterOf([, decimal, hex, name]: RegExpExecArray): string | null {
  if (name !== undefined) return ENTITIES.get(name) ?? null;
  const code = Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

/** Line feeds are blanks in code, and one blank on each side belongs to the ticks. */
function codeText(inside: string): string {
  const text = inside.replaceAll('\n', ' ');
  return text.length > 2 && text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '' ? text.slice(1, -1) : text;
}

/** At a `]`: makes a link of what stands since its `[`, if an address follows. Returns where to read on. */
function closeBracket(text: string, at: number, nodes: Node[], runs: Run[], brackets: Bracket[]): number {
  const bracket = brackets.pop();
  const tail = bracket?.isActive === true ? linkTail(text, at + 1) : null;
  if (bracket === undefined || tail === null) {
    nodes.push({ kind: 'text', text: ']', link: null });
    return at + 1;
  }
  const link: Link = { kind: bracket.isImage ? 'image' : 'link', target: tail.target };
  const isEmpty = nodes.length === bracket.node + 1;
  for (const node of nodes.slice(bracket.node + 1)) node.link = link;
  nodes[bracket.node] = { kind: 'text', text: isEmpty ? (link.kind === 'image' ? '' : tail.target) : '', link };
  matchRuns(runs, bracket.runs);
  if (!bracket.isImage) for (const outer of brackets) if (!outer.isImage) outer.isActive = false;
  return tail.end;
}

function spansOf(nodes: readonly Node[]): Inline[] {
  const spans: Inline[] = [];
  const depth = { bold: 0, italic: 0, strike: 0 };
  const add = (text: string, code: boolean, link: Link | null): void => {
    if (text === '' && link?.kind !== 'image') return;
    const [bold, italic, strike] = [depth.bold > 0, depth.italic > 0, depth.strike > 0];
    const last = spans.at(-1);
    const isSame =
      last !== undefined &&
      last.link === link &&
      last.code === code &&
      !code &&
      last.bold === bold &&
      last.italic === italic &&
      last.strike === strike;
    if (isSame) spans[spans.length - 1] = { ...last, text: last.text + text };
    else spans.push({ text, bold, italic, strike, code, link });
  };
  const turn = (emphases: readonly Emphasis[], by: 1 | -1): void => {
    for (const emphasis of emphases) depth[emphasis] += by;
  };
  for (const node of nodes) {
    if (node.kind !== 'run') add(node.text, node.kind === 'code', node.link);
    else {
      turn(node.run.closes, -1);
      add(node.run.mark.repeat(node.run.left), false, node.link);
      turn(node.run.opens, 1);
    }
  }
  return spans;
}
