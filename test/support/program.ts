// What does a person have in front of them? The built program in a real terminal, with a home and a folder of its own.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import { openScreen, type Screen } from './screen.ts';

/** The program as `npm run build` leaves it. */
export const codexProgram = path.join(import.meta.dirname, '../../dist/codex.cjs');

/** One line of a rollout, as far as tests look into it. */
export interface RolloutRecord {
  readonly type: string;
  readonly payload: { readonly [field: string]: unknown };
}

/** A home, a folder to work in, and one that no profile opens. */
export interface Place {
  readonly home: string;
  readonly codexHome: string;
  readonly workspace: string;
  readonly outside: string;
  /** What every program in it is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** First in PATH, and closed to commands. */
  readonly programs: string;
  /** Writes an executable script into the workspace, for `./name`. */
  script(name: string, text: string): string;
  /** A PATH with the few programs that codex and its commands need, and without bubblewrap. */
  pathWithoutBubblewrap(): string;
  configure(toml: string): void;
  /** What earlier sessions have left in the program's own settings. */
  remember(settings: { readonly hints_seen: readonly string[] }): void;
  /** Paths of all records, oldest first. */
  records(): string[];
  remove(): void;
}

export interface ProgramOptions {
  readonly cols?: number;
  readonly rows?: number;
  readonly args?: readonly string[];
  /** Text of `config.toml`. */
  readonly config?: string;
  /** `base_url` of a model server; without one what is typed runs as a command. */
  readonly model?: string;
  /** An earlier program's place, for a second start in it. */
  readonly place?: Place;
  /** Where it starts, when not in the workspace. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The hints of a first session are given; else they count as seen. */
  readonly isFirstUse?: boolean;
  /** Around the program: `['bash', '-c', '… "$0" "$@"']`. */
  readonly wrapper?: readonly [string, ...string[]];
}

export interface Program extends Screen {
  readonly place: Place;
  /** Text and Enter, as two bursts of keys with the text on the screen between them. */
  enter(text: string): Promise<void>;
  /** Makes a file in the workspace that a command waits for: see `until`. */
  letGo(file?: string): void;
  /** Waits until the composer holds exactly this. */
  waitForDraft(wanted: string): Promise<void>;
  /** Waits until a session is open and its status line stands. */
  ready(): Promise<void>;
  /** Waits until a row of the scrollback or the window matches. */
  waitForLine(wanted: RegExp): Promise<void>;
  /** Waits until the open card takes answers; its choices are dim until then. */
  cardTakesAnswers(): Promise<void>;
  /** Goes to the open card as a person does, with Tab on an empty composer, and presses `key` when it is live. */
  answer(key: string): Promise<void>;
  /** The newest record, parsed; a torn last line is left out. */
  rollout(): RolloutRecord[];
  /** Waits until the newest record holds a line for which `holds` is true. */
  recorded(holds: (record: RolloutRecord) => boolean): Promise<RolloutRecord>;
}

/** `/var/tmp`, because the sandbox opens `/tmp`: there nothing would be outside. */
export function openPlace(): Place {
  const root = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-e2e-'));
  const folder = (name: string): string => {
    const made = path.join(root, name);
    mkdirSync(made);
    return made;
  };
  const home = folder('home');
  const programs = folder('programs');
  const workspace = folder('workspace');
  const codexHome = path.join(home, '.codex');
  const runtime = path.join(root, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const env = {
    PATH: [programs, path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(
      ':',
    ),
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    // Sessions of other tests are no business of this one.
    XDG_RUNTIME_DIR: runtime,
  };
  return {
    home,
    codexHome,
    workspace,
    programs,
    outside: folder('outside'),
    env,
    script(name, text) {
      const file = path.join(workspace, name);
      writeFileSync(file, text, { mode: 0o755 });
      return file;
    },
    pathWithoutBubblewrap() {
      const few = path.join(programs, 'few');
      mkdirSync(few);
      for (const name of ['sh', 'bash', 'cat', 'sleep', 'setsid', 'stty']) {
        const found = ['/bin', '/usr/bin'].map((bin) => path.join(bin, name)).find((file) => existsSync(file));
        if (found !== undefined) symlinkSync(found, path.join(few, name));
      }
      symlinkSync(process.execPath, path.join(few, 'node'));
      return few;
    },
    configure(toml) {
      mkdirSync(codexHome, { recursive: true });
      writeFileSync(path.join(codexHome, 'config.toml'), toml);
    },
    remember(settings) {
      const own = path.join(codexHome, 'codex_ts');
      mkdirSync(own, { recursive: true, mode: 0o700 });
      writeFileSync(path.join(own, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
    },
    records() {
      const sessions = path.join(codexHome, 'sessions');
      if (!existsSync(sessions)) return [];
      return readdirSync(sessions, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => path.join(sessions, name))
        .sort();
    },
    // Tried again while a program that lost its terminal still writes its last record.
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 10 }),
  };
}

/** Lines of `config.toml` that name a model at `url`; tables may follow. */
function modelConfig(url: string): string {
  return [
    'model = "test-model"',
    'model_provider = "loopback"',
    `model_providers.loopback.base_url = "${url}"`,
    '',
  ].join('\n');
}

/** Programs and places of one test file; each test's own are ended and removed after it. */
export function programsOfATest(): {
  open(options?: ProgramOptions): Program;
  place(): Place;
  /** Runs `end` after the test, before its places are removed. */
  afterwards(end: () => unknown): void;
} {
  let open: Screen[] = [];
  let places: Place[] = [];
  let ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const program of open) await program.close();
    for (const end of ends) await end();
    for (const place of places) place.remove();
    open = [];
    places = [];
    ends = [];
  });
  const place = (): Place => {
    const made = openPlace();
    places.push(made);
    return made;
  };
  return {
    place,
    afterwards: (end) => void ends.push(end),
    open(options = {}) {
      const program = openProgram({ ...options, place: options.place ?? place() });
      open.push(program);
      return program;
    },
  };
}

function openProgram(options: ProgramOptions & { readonly place: Place }): Program {
  const { place, args = [], wrapper = [] } = options;
  const toml = [options.model === undefined ? '' : modelConfig(options.model), options.config ?? ''].join('\n');
  if (toml.trim() !== '') place.configure(toml);
  if (options.isFirstUse !== true) place.remember({ hints_seen: ['sandbox'] });
  const [program = codexProgram, ...rest] = [...wrapper, codexProgram, ...args];
  const screen = openScreen({
    command: [program, ...rest],
    cwd: options.cwd ?? place.workspace,
    env: { ...place.env, ...options.env },
    ...(options.cols === undefined ? {} : { cols: options.cols }),
    ...(options.rows === undefined ? {} : { rows: options.rows }),
  });

  const rollout = (): RolloutRecord[] => {
    const file = place.records().at(-1);
    return file === undefined ? [] : recordsIn(file);
  };
  /** A choice is repainted whole when it stops being dim, so its last painting says how it is. */
  const cardTakesAnswers = (): Promise<void> =>
    screen.waitFor(() => {
      const painted = [
        ...screen
          .bytes()
          .toString()
          .matchAll(/(\x1b\[2m)?▸ [ysn] /g),
      ].at(-1);
      return painted !== undefined && painted[1] === undefined && /▸ [ysn] /.test(screen.text());
    });
  return {
    ...screen,
    place,
    async enter(text) {
      screen.send(text);
      // A long text wraps or is cut in the composer: its end is what shows that all of it has arrived.
      await screen.waitFor((seen) => squeezed(seen).includes(squeezed(text).slice(-12)));
      screen.send('\r');
    },
    letGo: (file = 'go') => writeFileSync(path.join(place.workspace, file), ''),
    waitForDraft: (wanted) => screen.waitFor((text) => draftIn(text) === wanted),
    ready: () => screen.waitFor(/^(shell|test-model) [·-] /m),
    waitForLine: (wanted) => screen.waitFor(() => screen.history().some((line) => wanted.test(line))),
    cardTakesAnswers,
    async answer(key) {
      await screen.waitFor(/[▸>] [ysn] .*\(Enter\)/);
      screen.send('\t');
      await cardTakesAnswers();
      screen.send(key);
    },
    rollout,
    async recorded(holds) {
      let found: RolloutRecord | undefined;
      await eventually(
        () => {
          found = rollout().find(holds);
          return found !== undefined;
        },
        `a record for which ${String(holds)}; the screen:\n${screen.text()}`,
      );
      if (found === undefined) throw new Error('unreachable');
      return found;
    },
  };
}

/** A command line that goes on when `file` appears in its folder: see `letGo`. */
export function until(file: string): string {
  return `until [ -e ${file} ]; do sleep 0.02; done`;
}

/** What stands in the first row of the composer, without its prompt. */
export function draftIn(text: string): string {
  const rows = text.trimEnd().split('\n');
  const rule = rows.findLastIndex((row) => /^─{24}$/.test(row));
  return (rows[rule + 1] ?? '').replace(/^[$❯] ?/, '');
}

/** How many lines match. */
export function countOf(lines: readonly string[], wanted: RegExp): number {
  return lines.filter((line) => wanted.test(line)).length;
}

/** The records of one file; the last line may be torn. */
export function recordsIn(file: string): RolloutRecord[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line): RolloutRecord => JSON.parse(line));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}

/** How long something may take on a busy machine before it counts as "never". */
const NEVER_MS = 20_000;

/** Waits until `holds` is true of something that tells nobody when it changes: a file, a process table. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string, everyMs = 10): Promise<void> {
  const until = performance.now() + NEVER_MS;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
