// The first thing that runs: answers --help and --version, paints the first frame, and loads the rest behind it.

import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { loadProgram } from './code-cache.ts';
import { codexHome, ownFolder } from './core/config/codex-home.ts';
import { problemText } from './problem/index.ts';
import type { Invocation, UnwatchedInvocation } from './ui/cli/arguments.ts';
import { type FirstScreen, paintFirstScreen } from './ui/tui/app/first-screen.ts';
import { lookAtTerminal, openControllingTerminal } from './ui/tui/terminal/tty.ts';
import { openWindows } from './ui/tui/terminal/window.ts';

declare const __CODEX_VERSION__: string;
/** Of the program behind this file. */
declare const __CODEX_BUILD__: string;

/** A terminal that does not tell is taken for the smallest common one. */
const UNKNOWN_SIZE = { cols: 80, rows: 24 };

const EXIT_USAGE = 2;
const EXIT_DEFECT = 70;

type UnwatchedMain = (invocation: UnwatchedInvocation) => Promise<number>;
type Main = (invocation: Invocation, first: FirstScreen | null) => Promise<number>;

/** The everyday case: nothing was typed behind the name, so nothing has to be understood. */
const EVERYDAY: Invocation = {
  kind: 'screen',
  prompt: null,
  resume: null,
  forks: false,
  flags: {
    cd: null,
    model: null,
    sandbox: null,
    approval: null,
    isEphemeral: false,
    settings: { overrides: [], profile: null },
  },
};

const argv = process.argv.slice(2);
if (argv.length === 0) run(EVERYDAY);
else if (argv[0] === 'exec-server') serve(argv.slice(1));
else
  void import('./ui/cli/arguments.ts').then(({ understand }) => {
    const understood = understand(argv);
    if (!understood.ok) end(2, `${problemText(understood.problem)}\n`, EXIT_USAGE);
    else run(understood.value);
  });

function run(invocation: Invocation): void {
  switch (invocation.kind) {
    case 'help':
      return end(1, invocation.text, 0);
    case 'version':
      return end(1, `codex ${__CODEX_VERSION__}\n`, 0);
    case 'archive':
    case 'config':
    case 'delete':
    case 'detached':
    case 'doctor':
    case 'execpolicy':
    case 'export':
    case 'kill':
    case 'mcp':
    case 'ps':
    case 'rename':
    case 'sandbox':
    case 'unarchive':
      return load(invocation, null);
    case 'screen':
      return openScreen(invocation);
    case 'exec':
    case 'login':
    case 'logout':
    case 'mcp-server':
    case 'ids':
      return runUnwatched(invocation);
  }
}

/** A program of its own, without anything of a screen: its memory is paid for with every command that it starts. */
function serve(args: readonly string[]): void {
  void import('./exec-server-command.ts')
    .then(({ execServer }) => execServer(args))
    .then(
      (code) => process.exit(code),
      (error: unknown) => end(2, defectText(error), EXIT_DEFECT),
    );
}

/** Nothing of a screen is loaded. All that was printed has left when it returns. */
function runUnwatched(invocation: UnwatchedInvocation): void {
  const program = loadProgram(path.join(__dirname, 'exec.cjs'), __CODEX_BUILD__, codeFolder());
  const { main } = program.exports as { main: UnwatchedMain };
  main(invocation).then(
    (code) => {
      program.remember();
      process.exit(code);
    },
    (error: unknown) => end(2, defectText(error), EXIT_DEFECT),
  );
}

function openScreen(invocation: Extract<Invocation, { kind: 'screen' }>): void {
  const windows = openWindows();
  const terminal = lookAtTerminal({
    stdinIsTTY: windows.isTerminal(0),
    stdoutIsTTY: windows.isTerminal(1),
    env: process.env,
    openControllingTerminal,
  });
  if (terminal.kind === 'none') return end(2, `${problemText(terminal.problem)}\n`, EXIT_USAGE);
  if (terminal.kind === 'lines') {
    return end(
      2,
      'codex needs a terminal that can move its cursor (TERM is dumb).\nFor scripts: codex exec "…", codex sandbox -- COMMAND\n',
      EXIT_USAGE,
    );
  }
  const isPiped = terminal.keys === 'tty';
  const first = paintFirstScreen({
    version: __CODEX_VERSION__,
    env: process.env,
    cwd: folder(),
    size: windows.sizeOf(1) ?? UNKNOWN_SIZE,
    openInput: () => (isPiped ? new (process.getBuiltinModule('node:tty').ReadStream)(terminal.fd) : process.stdin),
  });
  const prompt = isPiped
    ? [invocation.prompt, pipedText()].filter((part) => part !== null && part !== '').join('\n\n')
    : invocation.prompt;
  setImmediate(() => load({ ...invocation, prompt: prompt === '' ? null : prompt }, first));
}

/** Our own folder may have been deleted; the composition root says so. */
function folder(): string {
  try {
    return process.cwd();
  } catch {
    // ENOENT: shown as nothing for a moment, told in words right after.
    return '';
  }
}

function pipedText(): string {
  try {
    return readFileSync(0, 'utf8').trimEnd();
  } catch {
    // A closed stdin is no message.
    return '';
  }
}

function load(invocation: Invocation, first: FirstScreen | null): void {
  const program = loadProgram(path.join(__dirname, 'main.cjs'), __CODEX_BUILD__, codeFolder());
  const { main } = program.exports as { main: Main };
  main(invocation, first).then(
    (code) => {
      process.exitCode = code;
      // A screen that was used has compiled what the next one needs.
      if (invocation.kind === 'screen') program.remember();
      // Pipes to a slow reader are still being written; a screen has nothing left to wait for.
      if (invocation.kind === 'screen' || invocation.kind === 'detached') process.exit(code);
    },
    (error: unknown) => {
      if (first !== null) first.input.setRawMode(false);
      end(2, defectText(error), EXIT_DEFECT);
    },
  );
}

function defectText(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `\ncodex stopped because of a defect in it: ${trace}\n`;
}

/** Null where it is not known whose home this is. */
function codeFolder(): string | null {
  const home = process.env.HOME ?? '';
  const named = process.env.CODEX_HOME ?? '';
  if (named === '' && home === '') return null;
  return path.join(ownFolder(codexHome(process.env, home, folder())), 'cache');
}

function end(fd: 1 | 2, text: string, code: number): void {
  try {
    writeSync(fd, text);
  } catch {
    // EPIPE: nobody reads any more (`codex --help | head -1`).
  }
  process.exitCode = code;
  if (code !== 0) process.exit(code);
}
