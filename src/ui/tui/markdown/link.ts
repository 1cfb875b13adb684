// Which addresses may be opened by a click, and how are they written for the terminal?

import { visible } from '../terminal/width.ts';

/** Longer ones are cut by terminals (VTE: 2,083). */
const LONGEST_TARGET = 2000;
/** Parentheses within an address, as CommonMark allows at least. */
const DEEPEST_PARENTHESES = 32;

/** `(address "title")` that begins at `at`; null when there is none. */
export function linkTail(text: string, at: number): { readonly target: string; readonly end: number } | null {
  if (text[at] !== '(') return null;
  const from = afterBlanks(text, at + 1);
  const target = text[from] === '<' ? pointyTarget(text, from) : plainTarget(text, from);
  if (target === null) return null;
  const next = afterBlanks(text, target.end);
  if (text[next] === ')') return { target: target.target, end: next + 1 };
  if (next === target.end) return null;
  const title = TITLE.exec(text.slice(next, next + LONGEST_TARGET));
  return title === null ? null : { target: target.target, end: next + title[0].length };
}

const TITLE = /^(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\))\s*\)/;

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  return at;
}

function pointyTarget(text: string, from: number): { target: string; end: number } | null {
  const found = /^<((?:[^<>\\\n]|\\.)*)>/.exec(text.slice(from, from + LONGEST_TARGET));
  return found === null ? null : { target: unescaped(found[1] ?? ''), end: from + found[0].length };
}

function plainTarget(text: string, from: number): { target: string; end: number } | null {
  let depth = 0;
  let at = from;
  for (; at < text.length && at - from < LONGEST_TARGET; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === 0x7f) break;
    if (code === 0x5c) at += 1;
    else if (code === 0x28) {
      depth += 1;
      if (depth > DEEPEST_PARENTHESES) return null;
    } else if (code === 0x29) {
      if (depth === 0) break;
      depth -= 1;
    }
  }
  return depth === 0 ? { target: unescaped(text.slice(from, at)), end: Math.min(at, text.length) } : null;
}

function unescaped(target: string): string {
  return target.replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;
const OPENED = /^(?:https?:\/\/|mailto:[^/]|file:\/\/)/i;

/**
 * `opened`: a click may open it. `path`: says where something is, in this folder or so. `refused`: what another scheme
 * does nobody knows (`javascript:`), so it is not made to look like a link.
 */
export function targetKind(target: string): 'opened' | 'path' | 'refused' {
  if (target.length > LONGEST_TARGET) return 'refused';
  if (OPENED.test(target)) return 'opened';
  return SCHEME.test(target.replace(/[\x00-\x20]/g, '')) ? 'refused' : 'path';
}

/** The text itself says where the link leads. */
export function saysTarget(text: string, target: string): boolean {
  const bare = (address: string) => address.replace(/^(?:https?:\/\/|mailto:)/i, '').replace(/\/$/, '');
  return bare(text.trim()) === bare(target);
}

/** The text looks like an address; if it is another one than the target, a reader must see both. */
export function looksLikeAddress(text: string): boolean {
  return /^\s*(?:[a-z][a-z0-9+.-]*:\/\/|www\.|[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(?:[/:?#]|\s*$))/iu.test(
    text,
  );
}

/**
 * A link of OSC 8 around a text that is ready for the terminal. Parts of one link carry the same id, so that they light
 * up together. `host` names this machine, for files.
 */
export function terminalLink(target: string, text: string, host: string): string {
  const address = encoded(target.replace(/^file:\/\/(?:localhost)?\//i, `file://${host}/`));
  return `\x1b]8;id=${idOf(address)};${address}\x1b\\${text}\x1b]8;;\x1b\\`;
}

/** Only printable ASCII, so that nothing in it ends the sequence. */
function encoded(target: string): string {
  return target.replace(/[^\x21-\x7e]/gu, (character) => {
    const isAlone = /\p{Cs}/u.test(character);
    return isAlone ? '%EF%BF%BD' : encodeURIComponent(character);
  });
}

function idOf(address: string): string {
  let hash = 5381;
  for (let at = 0; at < address.length; at += 1) hash = (Math.imul(hash, 33) ^ address.charCodeAt(at)) >>> 0;
  return hash.toString(36);
}

/** A target as it is shown. */
export function shownTarget(target: string): string {
  return visible(target);
}
