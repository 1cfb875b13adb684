// Takes what was printed or said out of the screen: onto the clipboard, or into a file of the person's.

import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import stripAnsi from 'strip-ansi';
import type { AnswerItem, ProcessItem } from '../../../core/bus/index.ts';
import { causeOf, errnoOf } from '../../../problem/index.ts';
import { counted } from '../view/numbers.ts';
import { linesOf, needsTerminal } from '../view/output-lines.ts';
import { withTilde } from '../view/paths.ts';
import type { ScreenApp } from './screen-app.ts';

/** Asked for at once. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** A longer line is written as it comes: nobody holds all of a file without line feeds. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Of one process the names that are tried. */
const MOST_NAMES = 100;

/** The newest answer of the model, as it wrote it. */
export function copyAnswer(app: ScreenApp): void {
  const answer = app.transcript.finished.findLast((item): item is AnswerItem => item.kind === 'answer');
  if (answer === undefined) return app.toasts.show('no answer yet');
  copy(app, answer.text, 'the last answer');
}

/** Of a longer output its end. */
export function copyOutput(app: ScreenApp, process: number): void {
  const item = printedOf(app, process);
  if (item === null) return;
  const attempt = item.attempts.at(-1);
  const bytes = attempt?.excerpt.bytes ?? 0;
  const query = {
    type: 'output',
    process,
    attempt: attempt?.number ?? 1,
    from: Math.max(0, bytes - PIECE_BYTES),
    to: bytes,
  } as const;
  app.options.door.query(query).then((answer) => {
    const lines = linesOf(answer.bytes, item.stdio, { hasColour: false, factory: app.emulator.factory });
    copy(app, `${lines.map((line) => stripAnsi(line)).join('\n')}\n`, `the output of ${process}`);
  }, app.onDefect);
}

function copy(app: ScreenApp, text: string, what: string): void {
  app.options.copy(text).then((words) => app.toasts.show(`${what}: ${words}`), app.onDefect);
}

/** `file`: as the person wrote it; null: a name in the working folder that nothing has yet. */
export function saveOutput(app: ScreenApp, process: number, file: string | null): void {
  const item = printedOf(app, process);
  const folder = app.transcript.session?.cwd;
  if (item === null || folder === undefined) return;
  const { home } = app.options.look;
  const place = file === null ? freeName(folder, process) : path.resolve(folder, file.replace(/^~(?=\/)/, home));
  if (place === null) return app.toasts.show('there are many such files: /save N FILE names one');
  const shown = path.dirname(place) === folder ? path.basename(place) : withTilde(place, home);
  write(app, item, place).then(
    (lines) => app.toasts.show(`${counted(lines, 'line')} saved: ${shown}`),
    (error: unknown) =>
      app.toasts.show(
        errnoOf(error) === 'EEXIST' ? `${shown} is there already, and stays as it is` : `not saved: ${causeOf(error)}`,
      ),
  );
}

function printedOf(app: ScreenApp, process: number): ProcessItem | null {
  const item = app.transcript.processes.get(process);
  if (item !== undefined && (item.attempts.at(-1)?.excerpt.bytes ?? 0) > 0) return item;
  app.toasts.show(item === undefined ? `there is no process ${process}` : `process ${process} printed nothing yet`);
  return null;
}

function freeName(folder: string, process: number): string | null {
  const names = Array.from(
    { length: MOST_NAMES },
    (_, at) => `codex-output-${process}${at === 0 ? '' : `-${at + 1}`}.txt`,
  );
  return names.map((name) => path.join(folder, name)).find((place) => !existsSync(place)) ?? null;
}

/** How many lines were written. Never over a file that is there. */
async function write(app: ScreenApp, item: ProcessItem, place: string): Promise<number> {
  const stream = createWriteStream(place, { flags: 'wx', mode: 0o666 });
  await once(stream, 'open');
  let lines = 0;
  for await (const piece of piecesOf(app, item)) {
    lines += piece.split('\n').length - 1;
    if (!stream.write(piece)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return lines;
}

/** All of it as text, whole lines at a time. */
async function* piecesOf(app: ScreenApp, item: ProcessItem): AsyncGenerator<string> {
  const attempt = item.attempts.at(-1);
  if (attempt === undefined) return;
  const { bytes } = attempt.excerpt;
  const decoder = new TextDecoder();
  let rest = '';
  for (let at = 0; at < bytes; ) {
    const to = Math.min(bytes, at + PIECE_BYTES);
    const answer = await app.options.door.query({
      type: 'output',
      process: item.number,
      attempt: attempt.number,
      from: at,
      to,
    });
    if (answer.bytes.length === 0) break;
    at = answer.from + answer.bytes.length;
    if (answer.bytes.length >= bytes && item.stdio.kind === 'pty' && needsTerminal(answer.bytes)) {
      const { factory } = app.emulator;
      yield linesOf(answer.bytes, item.stdio, { hasColour: false, factory })
        .map((line) => `${stripAnsi(line)}\n`)
        .join('');
      return;
    }
    rest += decoder.decode(answer.bytes, { stream: true });
    const end = rest.length > LONGEST_LINE ? rest.length : rest.lastIndexOf('\n') + 1;
    yield asText(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== '') yield asText(`${rest}\n`);
}

/** Without what a terminal obeys; of a line that was written over again and again the last state. */
function asText(text: string): string {
  return stripAnsi(text)
    .replaceAll('\r\n', '\n')
    .replace(/^[^\n]*\r(?=[^\n])/gm, '');
}
