// Puts the calls of a chat completion together from pieces. Which piece belongs to which call is said in many ways: by
// an index, by an id, by both, by neither, by one that is the same for all.

import { countOf, type Fields, fieldsOf, textOf } from './loose-fields.ts';

export interface GatheredCall {
  /** `''` where the server gave none. */
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it: it may be broken. `{}` where there is none. */
  readonly args: string;
  /** Nothing of the arguments can be missing. */
  readonly isWhole: boolean;
}

export interface GatheredCalls {
  /** Takes a piece, gives the length of what was added. */
  take(piece: unknown): number;
  count(): number;
  /** In the order in which they began. */
  all(): readonly GatheredCall[];
}

interface Parts {
  readonly index: number | null;
  id: string;
  name: string;
  readonly args: string[];
  length: number;
  /** They came as a value, and as a whole. */
  isValue: boolean;
}

/** Looking whether arguments are whole costs their length: so much of all that came, and a few small calls. */
const LOOKS_PER_CHARACTER = 4;
const FREE_LOOKS = 64 * 1024;

export function gatherCalls(): GatheredCalls {
  const calls: Parts[] = [];
  let taken = 0;
  let looked = 0;

  function isWhole({ args, isValue, length }: Parts): boolean {
    if (isValue) return true;
    if (args.at(-1)?.trimEnd().endsWith('}') !== true) return false;
    if (looked + length > FREE_LOOKS + LOOKS_PER_CHARACTER * taken) return false;
    looked += length;
    return isJson(args.join(''));
  }

  /** Some send a finished call once more, whole; and whoever means two that are the same in all gets them by one. */
  function isRepeated(known: Parts, id: string, name: string, written: string): boolean {
    if (id === '' || id !== known.id || name !== known.name || written.length !== known.length) return false;
    return written.trimStart().startsWith('{') && isWhole(known) && known.args.join('') === written;
  }

  /** Whether a piece that looks as if it went on with `known` begins the next call instead. */
  function beginsNext(known: Parts, id: string, name: string, written: string): boolean {
    if (name === '') return false;
    const isOther = id !== '' && known.id !== '' && id !== known.id;
    if (known.args.length === 0) return isOther && name !== known.name && known.name !== '';
    if (isOther) return isWhole(known);
    // A name in each piece is common; arguments that begin anew behind whole ones are another call.
    return written.trimStart().startsWith('{') && isWhole(known);
  }

  function placeOf(index: number | null, id: string, name: string): Parts | null {
    if (index !== null) return calls.findLast((call) => call.index === index) ?? null;
    const named = id === '' ? null : calls.findLast((call) => call.id === id);
    if (named) return named;
    const last = calls.at(-1) ?? null;
    // What has no name begins nothing, whatever its id.
    return id !== '' && name !== '' && last !== null && last.id !== '' ? null : last;
  }

  return {
    take(piece) {
      const fields = fieldsOf(piece);
      const made = fieldsOf(fields.function);
      const { text: written, isValue } = argumentsIn(isEmpty(made) ? fields : made);
      const name = textOf(made.name) || textOf(fields.name);
      const id = typeof fields.id === 'number' ? String(fields.id) : textOf(fields.id);
      const index = countOf(fields.index);
      taken += written.length;
      if (calls.some((call) => isRepeated(call, id, name, written))) return written.length + name.length;
      const known = placeOf(index, id, name);
      if (known !== null && !beginsNext(known, id, name, written)) {
        add(known, id, name, written, isValue);
      } else {
        calls.push({ index, id, name, args: written === '' ? [] : [written], length: written.length, isValue });
      }
      return written.length + name.length;
    },
    count: () => calls.length,
    all: () =>
      calls.map(({ id, name, args }) => {
        const text = args.join('');
        return { id, name, args: text.trim() === '' ? '{}' : text, isWhole: isJson(text) };
      }),
  };
}

function add(known: Parts, id: string, name: string, written: string, isValue: boolean): void {
  if (known.id === '') known.id = id;
  if (known.args.length === 0) known.name = nameWith(known.name, name);
  if (written === '') return;
  if (isValue && known.isValue) {
    known.args.length = 0;
    known.length = 0;
  }
  known.isValue = isValue;
  known.args.push(written);
  known.length += written.length;
}

/** Most say it once; some in pieces, some whole each time, some all of it so far. */
function nameWith(known: string, piece: string): string {
  if (piece === '' || piece === known) return known;
  return piece.startsWith(known) ? piece : known + piece;
}

/** Some give the arguments as the value that they are. */
function argumentsIn(made: Fields): { readonly text: string; readonly isValue: boolean } {
  const { arguments: args } = made;
  if (typeof args === 'object' && args !== null) return { text: JSON.stringify(args), isValue: true };
  return { text: textOf(args), isValue: false };
}

function isEmpty(fields: Fields): boolean {
  return Object.keys(fields).length === 0;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not yet, or never.
    return false;
  }
}
