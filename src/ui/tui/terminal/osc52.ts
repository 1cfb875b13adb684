// Which bytes put a text on the clipboard of the person's own computer, through whatever lies between? Pure.

/** Terminals drop more, some of them silently. */
export const MOST_COPIED_BYTES = 100 * 1024;

/** What `screen` takes of one such sequence. */
const SCREEN_BYTES = 768;

/** The text has at most MOST_COPIED_BYTES. */
export function copyingBytes(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const sequence = `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`;
  if ((env.STY ?? '') === '') return sequence;
  const pieces = sequence.match(new RegExp(`[^]{1,${SCREEN_BYTES}}`, 'g')) ?? [];
  return pieces.map((piece) => `\x1bP${piece}\x1b\\`).join('');
}
