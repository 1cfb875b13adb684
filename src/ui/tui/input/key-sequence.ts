// Which key does a control sequence stand for?

import { type Key, type Modifiers, namedKey, typedKey } from './key.ts';

/** A parsed `CSI private? parameters intermediates final`. */
export interface ControlSequence {
  /** One of `< = > ?` or empty. */
  readonly prefix: string;
  readonly parameters: string;
  readonly intermediates: string;
  readonly final: string;
}

const finals: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  M: 'enter', // keypad, SS3 only
};

const numbered: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
  25: 'f13',
  26: 'f14',
  28: 'f15',
  29: 'f16',
  31: 'f17',
  32: 'f18',
  33: 'f19',
  34: 'f20',
};

/** xterm's and kitty's modifier parameter: a bit set plus one. */
function modifiersOf(parameter: string | undefined): Required<Modifiers> {
  const bits = Math.max(0, (Number.parseInt(parameter ?? '1', 10) || 1) - 1);
  return {
    shift: (bits & 1) !== 0,
    alt: (bits & (2 | 32)) !== 0, // meta counts as alt
    ctrl: (bits & 4) !== 0,
    super: (bits & 8) !== 0,
  };
}

/** Key of a CSI sequence; null when it is none, or a release. */
export function keyOfSequence({ prefix, parameters, intermediates, final }: ControlSequence): Key | null {
  if (prefix !== '' || intermediates !== '') return null;
  const parts = parameters.split(';');
  if (parts[1]?.split(':')[1] === '3') return null; // kitty: the key was let go
  const modifiers = modifiersOf(parts[1]);
  switch (final) {
    case 'u':
      return kittyKey(parts, modifiers);
    case 'Z':
      return namedKey('tab', { ...modifiers, shift: true });
    case '~': {
      const number = Number.parseInt(parts[0] ?? '', 10);
      if (number === 27) return keyOfCode(Number.parseInt(parts[2] ?? '', 10), 0, 0, modifiers);
      const name = numbered[number];
      return name === undefined ? null : namedKey(name, modifiers);
    }
    default: {
      const name = final === 'M' ? undefined : finals[final];
      return name === undefined ? null : namedKey(name, modifiers);
    }
  }
}

/** Key of an SS3 sequence (`ESC O`, perhaps a modifier, a letter); null when it is none. */
export function keyOfSs3(modifier: string, final: string): Key | null {
  const name = finals[final];
  if (name !== undefined) return namedKey(name, modifiersOf(modifier === '' ? undefined : modifier));
  // The keypad in application mode sends `j` to `y` for `*` to `9`.
  const code = final.charCodeAt(0);
  return code >= 0x6a && code <= 0x79 ? typedKey(String.fromCharCode(code - 0x40)) : null;
}

/** Key of the Linux console's `CSI [ A` to `CSI [ E`. */
export function keyOfConsole(final: string): Key | null {
  const index = 'ABCDE'.indexOf(final);
  return index < 0 ? null : namedKey(`f${index + 1}`);
}

function kittyKey(parts: readonly string[], modifiers: Required<Modifiers>): Key | null {
  const [code = '', shifted = '', base = ''] = (parts[0] ?? '').split(':');
  return keyOfCode(
    Number.parseInt(code, 10),
    Number.parseInt(shifted, 10) || 0,
    Number.parseInt(base, 10) || 0,
    modifiers,
  );
}

const controlCodes: Readonly<Record<number, string>> = {
  9: 'tab',
  13: 'enter',
  27: 'esc',
  8: 'backspace',
  127: 'backspace',
};

// kitty's private use codes: keypad keys are what they type or where they go; function keys continue the row.
const keypad = '0123456789./*-+';
const keypadNames: Readonly<Record<number, string>> = {
  57414: 'enter',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'page-up',
  57422: 'page-down',
  57423: 'home',
  57424: 'end',
  57425: 'insert',
  57426: 'delete',
};

/**
 * `code` as reported, `shifted` what it types with shift held, `base` the key at this place of a US keyboard (0 when
 * the terminal did not say).
 */
function keyOfCode(code: number, shifted: number, base: number, modifiers: Required<Modifiers>): Key | null {
  if (!Number.isInteger(code) || code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  const named = controlCodes[code] ?? keypadNames[code];
  if (named !== undefined) return namedKey(named, modifiers);
  if (code >= 57376 && code <= 57398) return namedKey(`f${code - 57376 + 13}`, modifiers);
  if (code >= 57399 && code <= 57413) return typedWith(keypad.charAt(code - 57399), modifiers);
  if (code >= 57344 && code <= 63743) return null; // a modifier alone, media keys, locks
  if (code < 0x20) return null;
  const isCommand = modifiers.ctrl || modifiers.alt || modifiers.super;
  // A shortcut is meant by place where the layout has no Latin letter there.
  const meant = isCommand && code > 0x7f && base !== 0 ? base : code;
  if (isCommand || !modifiers.shift) return typedWith(String.fromCodePoint(meant), modifiers);
  return typedKey(shifted !== 0 ? String.fromCodePoint(shifted) : String.fromCodePoint(code).toUpperCase());
}

function typedWith(character: string, modifiers: Required<Modifiers>): Key {
  if (modifiers.ctrl || modifiers.alt || modifiers.super)
    return namedKey(character === ' ' ? 'space' : character.toLowerCase(), modifiers);
  return typedKey(character);
}
