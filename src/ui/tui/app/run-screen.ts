// Runs the screen from the first frame to the last line: terminal, picker, session, signals, and every way out.

import type { Door, EventBody, SessionSummary } from '../../../core/bus/index.ts';
import { type Problem, problemText, type Result } from '../../../problem/index.ts';
import type { NamedResume, Resume } from '../../cli/index.ts';
import { emptyComposer, withHistory } from '../composer/composer.ts';
import type { PrivatePlace } from '../composer/draft-file.ts';
import { openSurface } from '../ink/surface.ts';
import { keyTableOf } from '../input/key-table.ts';
import { keyMapWith } from '../input/keymap-config.ts';
import { createInputParser } from '../input/parser.ts';
import type { SessionActivity } from '../resume/picker.ts';
import { realClock } from '../terminal/clock.ts';
import { canBeSuspended, foreground } from '../terminal/foreground.ts';
import { openFrameWriter } from '../terminal/frame-writer.ts';
import { openJobControl } from '../terminal/job-control.ts';
import { letTerminalGo } from '../terminal/let-go.ts';
import { holdTerminal, restoreOnExit } from '../terminal/restore.ts';
import { stepBack } from '../terminal/step-back.ts';
import { windowSizeOf } from '../terminal/tty.ts';
import type { TerminalFactory } from '../view/terminal-factory.ts';
import { askTrust, type TrustQuestion } from './ask-trust.ts';
import { branchOf } from './branch.ts';
import { readClipboard } from './clipboard.ts';
import type { FirstScreen } from './first-screen.ts';
import { crashLines, goesOn, hasHistory, leaveLines } from './leave-lines.ts';
import { openOutsideEditor } from './outside-editor.ts';
import { pickSession } from './pick-session.ts';
import { ScreenApp } from './screen-app.ts';
import { lookWith, type ScreenSettings } from './screen-settings.ts';
import { writeClipboard } from './write-clipboard.ts';

/** In a sentence. `isDead`: it was killed, so that its session can be gone on with here. */
export interface LostOwner {
  readonly words: string;
  readonly isDead: boolean;
}

/** A session that is open, as far as a screen sees it. */
export interface Opened {
  readonly session: string;
  /** Null: nothing is recorded. */
  readonly recordPath: string | null;
  readonly door: Door;
  /** Null: the session is this program's own. Else it lives in another one, and goes on when we leave. */
  readonly attached: {
    leave(): void;
    /** Resolves when that program lets go of us. */
    readonly lost: Promise<LostOwner>;
    /** Tells when that program does not answer, and when it does again. */
    onSilence(listener: (isSilent: boolean) => void): void;
  } | null;
  /** Resolves when our own session has ended in order, by whomever. */
  readonly ended: Promise<void> | null;
  /**
   * The terminal is gone: goes on without it, and resolves when nobody needs the session any more. Null: it has to end
   * with its terminal.
   */
  readonly outlive: () => Promise<void> | null;
}

export interface ScreenRun {
  readonly first: FirstScreen;
  readonly version: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: ScreenSettings;
  readonly prompt: string | null;
  readonly resume: Resume | null;
  readonly sessions: SessionSource;
  /** Said once, above everything; asked when a session is open. */
  readonly notices: () => readonly Problem[];
  /** What the folder brings along that nobody has decided about; null: nothing. */
  readonly trust: TrustQuestion | null;
  /** Opens a new session, or goes on with one. */
  readonly open: (
    resume: { readonly session: string; readonly path: string } | null,
    onDefect: (error: unknown) => void,
  ) => Promise<Result<Opened, { readonly exitCode: number; readonly problem: Problem }>>;
  /** What stops every sandboxed command here, or null. */
  readonly probe: () => Promise<Problem | null>;
  readonly loadEmulator: () => Promise<TerminalFactory>;
  /** What the program remembers of itself, over all sessions. */
  readonly openMemory: (report: (problem: Problem) => void) => Promise<Memory>;
  /** A folder of this user alone, closed to commands: for what an editor works on. */
  readonly openPrivate: () => Result<PrivatePlace>;
  /** Writes what a defect leaves on disk; gives the file, or null. */
  readonly reportCrash: (error: unknown) => string | null;
}

/** Hints that were seen need not be given again. */
export interface Memory {
  hasSeenHint(hint: string): boolean;
  rememberHint(hint: string): void;
  flush(): void;
}

/** Recorded sessions, for the picker and for `--last`. */
export interface SessionSource {
  /** Newest first; each list is the one before it and more. */
  list(
    folder: string | null,
    limit: number,
  ): AsyncIterable<{ readonly sessions: readonly SessionSummary[]; readonly total: number }>;
  /** What open sessions do. */
  activities(): Promise<ReadonlyMap<string, SessionActivity>>;
  preview(path: string, items: number): readonly EventBody[];
  /** The one that was meant, without a list. */
  find(resume: NamedResume): Promise<Result<{ readonly session: string; readonly path: string }>>;
}

const EXIT_FAILED = 1;
const EXIT_DEFECT = 70;
const SIGNAL_EXITS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 } as const;

/** Where no shell waits to take the terminal over. */
const NO_SHELL = 'This window can be closed: nothing reads what is typed here any more.';

const ignored = (): void => {};

/** Runs until the person leaves or the terminal goes away; returns the exit code. */
export async function runScreen(run: ScreenRun): Promise<number> {
  const { first } = run;
  const { input } = first;
  const size = () => windowSizeOf(process.stdout);
  const look = lookWith(run.settings, first.look);
  let app: ScreenApp | null = null;
  let onGone: () => void = () => {};
  const writer = openFrameWriter({
    fd: 1,
    size,
    clock: realClock,
    onSettled: () => {
      app?.sizes.send();
      app?.painter.changed('echo');
    },
    onGone: () => onGone(),
    painted: { rows: first.rows, cursor: first.cursor },
  });
  const hold = holdTerminal(input, writer, realClock);
  const parser = createInputParser();
  const forgetExit = restoreOnExit(hold);
  let hear: (bytes: Uint8Array) => void = () => {};
  const early: Uint8Array[] = [];

  // From here on the terminal is ours: bytes typed so far come first, whoever gets them.
  hold.take();
  const typed = first.takeOver();
  if (typed.length > 0) early.push(typed);
  hear = (bytes) => early.push(bytes);
  input.on('data', (bytes: Buffer) => hear(bytes));

  return new Promise<number>((resolve) => {
    let isLeaving = false;
    let opened: Opened | null = null;
    let memory: Memory | null = null;
    const jobs = openJobControl({
      hold,
      writer,
      clock: realClock,
      input,
      notice: 'codex suspended; commands pause when their output is full. fg continues.',
      onResumed: () => app?.painter.changed('echo'),
    });
    const outside = openOutsideEditor({ env: run.env, hold, writer, jobs, input, openPrivate: run.openPrivate });

    const finish = (code: number): void => {
      jobs.close();
      forgetExit();
      for (const [signal, listener] of signals) process.off(signal, listener);
      process.off('uncaughtException', onDefect);
      process.off('unhandledRejection', onDefect);
      input.pause();
      resolve(code);
    };

    /** Ends the session in order and gives the terminal back with `lines` on it. */
    const leave = async (
      code: number,
      reason: 'quit' | 'signal' | 'error' | 'idle',
      lines: readonly string[],
    ): Promise<void> => {
      if (isLeaving) return;
      isLeaving = true;
      outside.end();
      app?.stop();
      memory?.flush();
      if (reason !== 'quit') hold.restore(lines);
      if (opened?.attached) opened.attached.leave();
      else await opened?.door.command({ type: 'close', reason });
      if (reason === 'quit') await hold.whenQuiet();
      hold.restore(lines);
      finish(code);
    };

    const onDefect = (error: unknown): void => {
      hold.restore(crashLines(opened, error, run.reportCrash(error)));
      void leave(EXIT_DEFECT, 'error', []);
    };
    process.on('uncaughtException', onDefect);
    process.on('unhandledRejection', onDefect);

    const signals = (Object.keys(SIGNAL_EXITS) as (keyof typeof SIGNAL_EXITS)[]).map((signal) => {
      const listener = () => {
        if (signal === 'SIGHUP') return goOnWithout();
        // Pressed in the editor.
        if (outside.isOpen && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
        void leave(SIGNAL_EXITS[signal], 'signal', leaveLines(opened, app));
      };
      process.on(signal, listener);
      return [signal, listener] as const;
    });
    let isBehind = false;
    /** Resolves when the session can end; null when it has to end now. */
    const outlive = (): Promise<void> | null => (hasHistory(app) ? (opened?.outlive() ?? null) : null);

    /** The terminal goes away: the screen ends, what runs goes on, and another terminal can attach. */
    const goOnWithout = (): void => {
      if (isBehind || isLeaving) return;
      isBehind = true;
      outside.end();
      const unneeded = outlive();
      if (unneeded !== null) app?.stop();
      // Only a signal that somebody sent by hand leaves a terminal behind that can be written to.
      if (foreground() === 'foreground') hold.restore(unneeded === null ? [] : goesOn(opened));
      else hold.abandon();
      if (unneeded === null) return void leave(SIGNAL_EXITS.SIGHUP, 'signal', []);
      void goOn(unneeded);
    };

    /** The same on purpose. The shell gets its terminal back. */
    const detach = (): string | null => {
      if (isBehind || isLeaving) return null;
      if (opened?.attached) {
        quit();
        return null;
      }
      const unneeded = outlive();
      if (unneeded === null)
        return hasHistory(app)
          ? 'no other terminal could reach this session: codex doctor says why'
          : 'nothing to come back to yet: Ctrl-D leaves';
      isBehind = true;
      app?.stop();
      void hold.whenQuiet().then(async () => {
        hold.restore([...goesOn(opened), ...(canBeSuspended() ? [] : [NO_SHELL])]);
        await goOn(unneeded);
      });
      return null;
    };

    const goOn = async (unneeded: Promise<void>): Promise<void> => {
      jobs.close();
      memory?.flush();
      await letTerminalGo(input);
      // What is pressed in the old terminal is meant for nobody here any more.
      for (const [signal, listener] of signals) {
        if (signal !== 'SIGINT' && signal !== 'SIGQUIT') continue;
        process.off(signal, listener);
        process.on(signal, ignored);
      }
      stepBack();
      // Brought to the foreground again, there is nothing to show.
      process.on('SIGTSTP', stepAgain).on('SIGCONT', stepAgainInFront);
      await unneeded;
      process.off('SIGTSTP', stepAgain).off('SIGCONT', stepAgainInFront);
      await leave(0, 'idle', []);
    };
    const stepAgain = (): void => {
      process.off('SIGTSTP', stepAgain);
      stepBack();
      process.on('SIGTSTP', stepAgain);
    };
    const stepAgainInFront = (): void => {
      if (foreground() === 'foreground') stepAgain();
    };

    onGone = goOnWithout;
    input.on('end', onGone).on('error', onGone);
    process.stdout.on('resize', () => writer.sizeMayHaveChanged());

    const quit = () => void leave(0, 'quit', leaveLines(opened, app));

    start().catch(onDefect);

    async function start(): Promise<void> {
      const chosen = await choose();
      if (chosen === 'leave') return leave(0, 'quit', []);
      if (chosen !== null && 'what' in chosen) return leave(EXIT_FAILED, 'quit', problemText(chosen).split('\n'));
      if (run.trust !== null && !(await trusted(run.trust))) return leave(0, 'quit', []);
      await show(chosen, run.prompt);
    }

    /** False: the person leaves. */
    async function trusted(question: TrustQuestion): Promise<boolean> {
      const late: Uint8Array[] = [];
      const answer = await askTrust({
        question,
        writer,
        hold,
        parser,
        look,
        size,
        clock: realClock,
        listen: (listener) => {
          hear = listener;
          for (const bytes of early.splice(0)) listener(bytes);
        },
        giveBack: (bytes) => late.push(bytes),
      });
      hear = (bytes) => early.push(bytes);
      early.push(...late);
      if (answer !== null) await question.decide(answer);
      return answer !== null;
    }

    /** The program that had the session is gone. */
    async function goOnHere({ session, recordPath }: Opened): Promise<void> {
      if (recordPath === null) return;
      app?.stop();
      hear = (bytes) => early.push(bytes);
      await show({ session, path: recordPath }, null);
    }

    /** Ends this session in order, and shows a new or an earlier one. */
    async function showAnother(how: 'new' | 'earlier'): Promise<void> {
      const before = opened;
      const again = before !== null && hasHistory(app) && before.recordPath !== null;
      opened = null;
      app?.stop();
      memory?.flush();
      hear = (bytes) => early.push(bytes);
      if (before?.attached) before.attached.leave();
      else await before?.door.command({ type: 'close', reason: 'quit' });
      const picked = how === 'new' ? null : await pick(false);
      // Who chooses none has the one again that they had.
      const path = before?.recordPath ?? '';
      const chosen = picked === 'leave' ? (again ? { session: before.session, path } : null) : picked;
      await show(chosen, null);
    }

    function onLost(from: Opened, { words, isDead }: LostOwner): void {
      if (opened !== from) return;
      if (isDead && from.recordPath !== null && app !== null) app.ownerGone();
      else void leave(0, 'quit', [words]);
    }

    async function show(chosen: { session: string; path: string } | null, prompt: string | null): Promise<void> {
      const session = await run.open(chosen, onDefect);
      if (!session.ok) {
        const { exitCode, problem } = session.problem;
        return leave(exitCode, 'quit', problemText(problem).split('\n'));
      }
      const shown = session.value;
      opened = shown;
      void shown.attached?.lost.then((lost) => onLost(shown, lost));
      void shown.ended?.then(() => {
        if (opened === shown) void leave(0, 'quit', ['Ended from another terminal.', ...leaveLines(shown, app)]);
      });
      const { door } = shown;
      const history = await door.query({ type: 'history' });
      app = new ScreenApp({
        door,
        writer,
        hold,
        parser,
        clock: realClock,
        surface: await openSurface(),
        look,
        term: run.env.TERM ?? '',
        env: run.env,
        settings: run.settings,
        size,
        branch: branchOf(run.cwd),
        alerts: run.notices().map(problemText),
        composer: withHistory(emptyComposer, history.texts),
        loadEmulator: run.loadEmulator,
        suspend: () => jobs.suspend(),
        leave: quit,
        outside,
        copy: (text) => writeClipboard(text, run.env, (bytes) => writer.send(bytes)),
        readClipboard: () => readClipboard(run.env, run.openPrivate),
        detach,
        showAnother: (how) => void showAnother(how).catch(onDefect),
        isAttached: shown.attached !== null,
        resumeHere: () => void goOnHere(shown).catch(onDefect),
        recordPath: shown.recordPath,
        onDefect,
      });
      const screen = app;
      screen.start();
      shown.attached?.onSilence((isSilent) => screen.ownerSilent(isSilent));
      if (prompt !== null) screen.send({ type: 'submit', text: prompt });
      hear = (bytes) => screen.input.take(bytes);
      for (const bytes of early.splice(0)) screen.input.take(bytes);
      const problem = await run.probe();
      if (problem !== null) screen.say('error', problem);
      memory = await run.openMemory((trouble) => screen.say('warning', trouble));
      screen.hints.recall(memory);
    }

    /** The session to go on with: null for a new one. */
    async function choose(): Promise<{ session: string; path: string } | null | 'leave' | Problem> {
      const { resume } = run;
      if (resume === null) return null;
      if (resume.kind !== 'choose') {
        const found = await run.sessions.find(resume);
        return found.ok ? found.value : found.problem;
      }
      return pick(resume.everyFolder);
    }

    async function pick(everyFolder: boolean): Promise<{ session: string; path: string } | 'leave'> {
      const picked = await pickSession({
        sessions: run.sessions,
        everyFolder,
        cwd: run.cwd,
        writer,
        hold,
        parser,
        look,
        folds: run.settings.folds,
        keys: keyTableOf(keyMapWith(run.settings.keymap.shared, run.settings.keymap.own).map),
        size,
        clock: realClock,
        listen: (listener) => {
          hear = listener;
          for (const bytes of early.splice(0)) listener(bytes);
        },
      });
      hear = (bytes) => early.push(bytes);
      return picked ?? 'leave';
    }
  });
}
