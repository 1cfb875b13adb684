// Asks a person for a secret on their terminal, which does not show it.

import type { ReadStream } from 'node:tty';

/** Longer than any key: what is pasted by mistake ends here. */
const MOST_CHARACTERS = 64 * 1024;

/** The rest of what was pasted is not for the shell behind us. */
const REST_MS = 50;

export type Secret =
  | { readonly kind: 'said'; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: 'interrupted' }
  /** Ctrl-D without anything, or the terminal is gone. */
  | { readonly kind: 'none' };

/** `question` stands on stderr. The terminal is as it was when this returns, and when the program ends by an exit. */
export async function askSecret(question: string, input: ReadStream): Promise<Secret> {
  const setRaw = (isRaw: boolean): void => {
    try {
      input.setRawMode(isRaw);
    } catch {
      // EIO: the terminal is gone, and there is nothing to put back.
    }
  };
  const restore = (): void => setRaw(false);
  process.on('exit', restore);
  // Before the question: nothing that is typed after it is shown.
  setRaw(true);
  process.stderr.write(question);
  try {
    return await read(input);
  } finally {
    restore();
    process.off('exit', restore);
    process.stderr.write('\n');
  }
}

function read(input: ReadStream): Promise<Secret> {
  const line = openLine();
  return new Promise((resolve) => {
    let answer: Secret | null = null;
    const end = (secret: Secret): void => {
      if (answer !== null) return;
      answer = secret;
      setTimeout(leave, REST_MS, secret);
    };
    const leave = (secret: Secret): void => {
      input.off('data', take).off('end', gone).off('error', gone).pause();
      resolve(secret);
    };
    const gone = (): void => end({ kind: 'none' });
    const take = (bytes: Buffer): void => {
      // Byte for byte: a key is ASCII, and anything else is refused later.
      for (const sign of bytes.toString('latin1')) {
        if (answer !== null) return;
        const secret = line.take(sign);
        if (secret !== null) end(secret);
      }
    };
    input.on('data', take).once('end', gone).once('error', gone).resume();
  });
}

const ESCAPE = '\u001b';

export interface SecretLine {
  /** Null: it goes on. */
  take(sign: string): Secret | null;
}

/** What keys do to it: Backspace, Ctrl-U and Ctrl-W take back; arrows and the marks of a paste do nothing. */
export function openLine(): SecretLine {
  let text = '';
  let sequence: 'none' | 'begun' | 'inside' = 'none';

  function takeEscaped(sign: string): void {
    if (sequence === 'begun') sequence = sign === '[' || sign === 'O' ? 'inside' : 'none';
    else if (sign >= '@' && sign <= '~') sequence = 'none';
  }

  return {
    take(sign) {
      if (sign === '\u0003') return { kind: 'interrupted' };
      if (sign === '\r' || sign === '\n') return { kind: 'said', text };
      if (sequence !== 'none') {
        takeEscaped(sign);
        return null;
      }
      switch (sign) {
        case ESCAPE:
          sequence = 'begun';
          return null;
        case '\u0004':
          return text === '' ? { kind: 'none' } : { kind: 'said', text };
        case '\u007f':
        case '\b':
          text = text.slice(0, -1);
          return null;
        case '\u0015':
        case '\u0017':
          text = '';
          return null;
      }
      if (sign >= ' ' && text.length < MOST_CHARACTERS) text += sign;
      return null;
    },
  };
}
