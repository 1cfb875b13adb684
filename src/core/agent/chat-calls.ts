// Puts the calls of a chat completion together from pieces. Which piece belongs to which call is said in many ways: by
// an index, by an id, by both, by neither, by one that is the same for all.

import { countOf, type Fields, fieldsOf, textOf } from './loose-fields.ts';

export interface GatheredCall {
  /** `''` where the server gave none. */
  readonly id: string;
  readonly name: string;
  /** JSON text as the model wrote it: it may be broken. */
  readonly args: string;
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
  /** They came as a value, and as a whole. */
  isValue: boolean;
}

/** How often it is looked whether the arguments so far are whole: each time costs their length. */
const MOST_LOOKS = 64;

export function gatherCalls(): GatheredCalls {
  const calls: Parts[] = [];
  let looks = 0;

  function isWhole({ args, isValue }: Parts): boolean {
    if (isValue) return true;
    if (args.length === 0 || args.at(-1)?.trimEnd().endsWith('}') !== true || looks >= MOST_LOOKS) return false;
    looks += 1;
    return isJson(args.join(''));
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

  function placeOf(index: number | null, id: string): Parts | null {
    if (index !== null) return calls.findLast((call) => call.index === index) ?? null;
    const named = id === '' ? null : calls.findLast((call) => call.id === id);
    if (named) return named;
    const last = calls.at(-1) ?? null;
    return id !== '' && last !== null && last.id !== '' ? null : last;
  }

  return {
    take(piece) {
      const fields = fieldsOf(piece);
      const made = fieldsOf(fields.function);
      const { text: written, isValue } = argumentsIn(isEmpty(made) ? fields : made);
      const name = textOf(made.name) || textOf(fields.name);
      const id = typeof fields.id === 'number' ? String(fields.id) : textOf(fields.id);
      const index = countOf(fields.index);
      const known = placeOf(index, id);
      if (known !== null && !beginsNext(known, id, name, written)) {
        add(known, id, name, written, isValue);
      } else {
        calls.push({ index, id, name, args: written === '' ? [] : [written], isValue });
      }
      return written.length + name.length;
    },
    count: () => calls.length,
    all: () =>
      calls.map(({ id, name, args }) => {
        const text = args.join('');
        return { id, name, args: text.trim() === '' ? '{}' : text, isWhole: text.trim() === '' || isJson(text) };
      }),
  };
}

function add(known: Parts, id: string, name: string, written: string, isValue: boolean): void {
  if (known.id === '') known.id = id;
  // Most say it once; some in pieces, some whole each time.
  if (name !== '' && name !== known.name && known.args.length === 0) known.name += name;
  if (written === '') return;
  if (isValue && known.isValue) known.args.length = 0;
  known.isValue = isValue;
  known.args.push(written);
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
