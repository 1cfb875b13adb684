// The first frame: painted and echoed into before anything else is loaded. On the start-up path: imports nothing heavy.

import { writeSync } from 'node:fs';
import { composerHeight, layoutComposer } from '../composer/layout.ts';
import { colourDepth, createStyle, glyphsFor } from '../terminal/style.ts';
import { firstFrame } from '../view/first-frame.ts';
import type { Look } from '../view/look.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What stands on the screen when the rest of the program takes over, and what was heard until then. */
export interface FirstScreen {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly col: number };
  readonly look: Look;
  /** Where keys come from: stdin, or the controlling terminal when a message came through stdin. */
  readonly input: NodeJS.ReadStream;
  /** Stops listening and hands over every byte that came, in order; those that were echoed are among them. */
  takeOver(): Uint8Array;
  /** How many letters of those bytes stand in the composer already. */
  readonly echoed: () => string;
}

export interface FirstScreenOptions {
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly size: { readonly cols: number; readonly rows: number };
  readonly openInput: () => NodeJS.ReadStream;
}

/** Takes the keyboard, paints the frame with one write, and listens. Printable ASCII is echoed; the first other byte ends the echo. */
export function paintFirstScreen({ version, env, cwd, size, openInput }: FirstScreenOptions): FirstScreen {
  // Before anything is painted: what the kernel echoed after that would move the cursor away from where we think it is.
  const input = openInput();
  input.setRawMode(true);
  const look: Look = {
    style: createStyle(colourDepth(env, true)),
    glyphs: glyphsFor(env),
    home: env.HOME ?? '',
    motion: env.REDUCE_MOTION ? 'reduced' : 'full',
  };
  const { cols, rows } = size;
  const layOut = (text: string) => {
    const space = { cols, maxRows: composerHeight(rows), prompt: `${look.glyphs.prompt} `, up: '', down: '' };
    return layoutComposer({ text, cursor: text.length, folded: new Map() }, space);
  };
  const frameWith = (text: string) => firstFrame({ version, cwd, cols, rows, look, composer: layOut(text) });
  const first = frameWith('');
  const up = first.rows.length - 1 - first.cursor.row;
  writeSync(
    1,
    `${first.rows.join('\r\n')}${up > 0 ? `\u001b[${up}A` : ''}\r${first.cursor.col > 0 ? `\u001b[${first.cursor.col}C` : ''}`,
  );

  const heard: Buffer[] = [];
  let echoed = '';
  let isEchoing = true;
  const onData = (bytes: Buffer): void => {
    heard.push(bytes);
    for (const byte of bytes) {
      if (!isEchoing) return;
      // The row must hold it with room to spare: anything else is for the real composer.
      isEchoing = byte >= 0x20 && byte < 0x7f && first.cursor.col + echoed.length < cols - 2;
      if (!isEchoing) return;
      const letter = String.fromCharCode(byte);
      echoed += letter;
      writeSync(1, letter);
    }
  };
  input.on('data', onData);

  return {
    get rows() {
      return frameWith(echoed).rows;
    },
    get cursor() {
      return frameWith(echoed).cursor;
    },
    look,
    input,
    takeOver() {
      isEchoing = false;
      input.off('data', onData);
      const bytes = Buffer.concat(heard);
      // An Enter from before raw mode, which the kernel has turned into a line feed.
      return bytes.map((byte) => (byte === LINE_FEED ? CARRIAGE_RETURN : byte));
    },
    echoed: () => echoed,
  };
}
