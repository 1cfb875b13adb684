// What is a pressed key, what is it called, and which bytes would an old terminal send for it?

export interface Key {
  /**
   * The key's name: the character itself, lower case when a modifier is held (`x` of `ctrl-x`), or one of
   * enter tab esc space backspace delete insert home end page-up page-down up down left right f1..f35.
   */
  readonly key: string;
  readonly ctrl: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  readonly super: boolean;
  /** What it types; empty for keys that type nothing. */
  readonly text: string;
}

export interface Modifiers {
  readonly ctrl?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
  readonly super?: boolean;
}

/** A key that types nothing by itself. */
export function namedKey(key: string, modifiers: Modifiers = {}): Key {
  const { ctrl = false, alt = false, shift = false, super: isSuper = false } = modifiers;
  return { key, ctrl, alt, shift, super: isSuper, text: '' };
}

/** A key that types `text`. Shift is in the text already and no modifier of its name. */
export function typedKey(text: string): Key {
  return { ...namedKey(text === ' ' ? 'space' : text), text };
}

/** The name used by the key map: `ctrl-alt-shift-super-` in this order, then the key. */
export function nameOfKey(key: Key): string {
  return (
    (key.ctrl ? 'ctrl-' : '') +
    (key.alt ? 'alt-' : '') +
    (key.shift ? 'shift-' : '') +
    (key.super ? 'super-' : '') +
    key.key
  );
}

const controlNames: Readonly<Record<number, string>> = {
  0: 'space',
  28: '\\',
  29: ']',
  30: '^',
  31: '_',
};

/** The key behind a control byte (below 0x20, or DEL). */
export function controlKey(byte: number, alt: boolean): Key {
  if (byte === 0x0d) return namedKey('enter', { alt });
  if (byte === 0x09) return namedKey('tab', { alt });
  if (byte === 0x1b) return namedKey('esc', { alt });
  if (byte === 0x7f) return namedKey('backspace', { alt });
  const named = controlNames[byte];
  return namedKey(named ?? String.fromCharCode(byte + 0x60), { ctrl: true, alt });
}

const legacyNames: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  esc: '\x1b',
  space: ' ',
  backspace: '\x7f',
};

/** What a terminal without modern key reports would have sent; empty when it could not have sent this key. */
export function legacyBytes(key: Key): string {
  if (key.shift && key.key === 'tab') return '\x1b[Z';
  const plain = key.text !== '' ? key.text : (legacyNames[key.key] ?? ([...key.key].length === 1 ? key.key : ''));
  if (plain === '') return '';
  const prefix = key.alt ? '\x1b' : '';
  if (!key.ctrl) return prefix + (key.shift && plain.length === 1 ? plain.toUpperCase() : plain);
  return prefix + controlByte(plain);
}

function controlByte(plain: string): string {
  if (plain === '\x7f') return '\x08';
  const code = plain.toUpperCase().charCodeAt(0);
  if (plain === ' ' || plain === '2') return '\x00';
  if (plain === '?' || plain === '8') return '\x7f';
  if (plain === '/' || plain === '-') return '\x1f';
  if (code >= 0x33 && code <= 0x37) return String.fromCharCode(code - 0x33 + 0x1b); // 3 to 7 are ESC to US
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : plain;
}
