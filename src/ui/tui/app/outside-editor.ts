// Gives the terminal to the person's editor with the message in it, and takes it back.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { errnoOf, type Result } from '../../../problem/index.ts';
import { type PrivatePlace, writeDraft } from '../composer/draft-file.ts';
import { type EditorCommand, editorCommand } from '../composer/editor-command.ts';
import type { JobControl } from '../terminal/job-control.ts';
import { modesOff, restingModes } from '../terminal/modes.ts';
import type { TerminalHold } from '../terminal/restore.ts';
import { type FrameWriter, LEAVE_VIEW } from '../terminal/writer-contract.ts';

/** An editor that ends so soon without a change went on in a window of its own. */
const AT_ONCE_MS = 700;
/** How often is looked whether the editor was stopped, which nobody tells us. */
const LOOK_MS = 500;
const STTY_LIMIT_MS = 1_000;

/** What came of it. `words`: what to say to the person, `''` for nothing. */
export interface Edited {
  /** Null: as before. */
  readonly text: string | null;
  readonly words: string;
}

export interface OutsideEditor {
  edit(text: string): Promise<Edited>;
  /** The terminal is the editor's at this moment. */
  readonly isOpen: boolean;
  /** Rings: the person does not see what happens here. */
  ring(): void;
  /** The program leaves: the editor has to. */
  end(): void;
}

export interface OutsideEditorOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly hold: TerminalHold;
  readonly writer: FrameWriter;
  readonly jobs: JobControl;
  readonly input: { pause(): unknown; resume(): unknown };
  readonly openPrivate: () => Result<PrivatePlace>;
}

export function openOutsideEditor(options: OutsideEditorOptions): OutsideEditor {
  const { env, hold, writer, jobs, input, openPrivate } = options;
  let child: ChildProcess | null = null;
  let isOpen = false;
  let isOver = false;

  async function edit(text: string): Promise<Edited> {
    const command = editorCommand(env);
    if (command === null) return said('No editor is set. Set one: export EDITOR=vim');
    if (isOpen) return said('');
    const folder = openPrivate();
    if (!folder.ok) return said(`The message cannot be edited outside. ${folder.problem.why}`);
    const draft = writeDraft(folder.value, text);
    if (!draft.ok) return said(draft.problem);
    isOpen = true;
    const since = performance.now();
    try {
      const ended = await inFront(command, draft.value.path);
      if (isOver) return said('');
      if (ended !== '') return said(`${ended}; the message is as before`);
      const read = draft.value.read();
      if (!read.ok) return said(read.problem);
      if (read.value !== text) return { text: read.value, words: '' };
      const isWindow = performance.now() - since < AT_ONCE_MS;
      return said(isWindow ? `${command.name} ended at once: one with a window needs an option to wait (--wait)` : '');
    } finally {
      isOpen = false;
      // Whoever was ended with us still has their file.
      if (!isOver) draft.value.remove();
    }
  }

  /** Runs it with the terminal; how it failed, in words, or `''`. */
  async function inFront(command: EditorCommand, file: string): Promise<string> {
    await hold.whenQuiet();
    if (isOver) return '';
    input.pause();
    hold.giveBack();
    jobs.lend();
    const saved = await stty(['-g']);
    const ended = await run(command, file);
    if (isOver) return ended.words;
    // One that was killed left its own modes, and its screen.
    if (ended.isKilled) {
      if (saved !== null) await stty([saved.trim()]);
      writer.sendAndWait(modesOff(restingModes, LEAVE_VIEW).bytes);
    }
    jobs.takeBack();
    hold.take();
    input.resume();
    return ended.words;
  }

  function run({ name, argv }: EditorCommand, file: string): Promise<{ words: string; isKilled: boolean }> {
    const [program, ...options] = argv;
    writer.sendAndWait(`\rwaiting for ${name}\r`);
    const terminal = openSync('/dev/tty', 'r+');
    return new Promise((resolve) => {
      const started = spawn(program, [...options, file], { env, stdio: [terminal, terminal, terminal] });
      child = started;
      closeSync(terminal);
      const look = setInterval(() => stopWith(started.pid), LOOK_MS);
      const done = (words: string, isKilled: boolean): void => {
        clearInterval(look);
        child = null;
        writer.sendAndWait('\r\x1b[K');
        resolve({ words, isKilled });
      };
      started.once('error', (error) => {
        const isMissing = errnoOf(error) === 'ENOENT';
        done(isMissing ? `${name} was not found` : `${name} could not be started: ${errnoOf(error)}`, false);
      });
      started.once('close', (code, signal) => {
        if (signal !== null) done(`${name} was ended by ${signal}`, true);
        else if (code === 127) done(`${name} was not found`, false);
        else done(code === 0 ? '' : `${name} ended with exit ${code}`, false);
      });
    });
  }

  return {
    edit,
    get isOpen() {
      return isOpen;
    },
    ring: () => writer.send('\x07'),
    end() {
      isOver = true;
      child?.kill('SIGHUP');
    },
  };
}

function said(words: string): Edited {
  return { text: null, words };
}

/** An editor that stops itself alone (Ctrl-Z) would leave a shell that waits for us: we stop as well. */
function stopWith(pid: number | undefined): void {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    if (stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')) process.kill(0, 'SIGTSTP');
  } catch {
    // It ended a moment ago, or there is no /proc: editors that stop their whole group need no help.
  }
}

/** Asks the terminal for its attributes in `stty`'s own spelling, or sets them; null when nobody does. */
function stty(words: readonly string[]): Promise<string | null> {
  const terminal = openSync('/dev/tty', 'r+');
  const child = spawn('stty', words, { stdio: [terminal, 'pipe', 'ignore'], timeout: STTY_LIMIT_MS });
  closeSync(terminal);
  return new Promise((resolve) => {
    let text = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code === 0 ? text : null));
  });
}
