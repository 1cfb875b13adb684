// A screen without a terminal: keys go in as bytes, rows and commands come out, and the test moves the clock.

import {
  type Ack,
  type AnswerTo,
  type Command,
  type EventBody,
  type FilesFound,
  openBus,
  type Query,
} from '../../../../src/core/bus/index.ts';
import { ScreenApp } from '../../../../src/ui/tui/app/screen-app.ts';
import { defaultGuardSettings } from '../../../../src/ui/tui/approvals/guard.ts';
import { emptyComposer, withHistory } from '../../../../src/ui/tui/composer/composer.ts';
import { openSurface } from '../../../../src/ui/tui/ink/surface.ts';
import { createInputParser } from '../../../../src/ui/tui/input/parser.ts';
import type { Clock } from '../../../../src/ui/tui/terminal/clock.ts';
import type { Frame } from '../../../../src/ui/tui/terminal/frame-bytes.ts';
import { restingModes } from '../../../../src/ui/tui/terminal/modes.ts';
import type { TerminalHold } from '../../../../src/ui/tui/terminal/restore.ts';
import type { FrameWriter } from '../../../../src/ui/tui/terminal/writer-contract.ts';
import { folds, plain } from '../view/session.ts';

/** Of the slowest frames. */
const FRAME_MS = 100;

/** What is found for what was typed behind an `@`. */
export type Files = (query: string) => Promise<FilesFound>;

/** Answers to other questions; null: nobody answers that one. */
export type Further = (query: Query) => object | null;

/** Of every test: later than any of them starts. */
const EPOCH = 4_000_000_000_000;

const nothing: Frame = { rows: [], cursor: null };

/** Answers of the core to commands that a test has something to say about; all others are taken. */
export type Core = (command: Command, tell: (event: EventBody) => void) => Ack | null;

export class TestScreen {
  readonly sent: Command[] = [];
  readonly defects: unknown[] = [];
  /** What was sent beside the frames. */
  readonly beside: string[] = [];
  /** What went to the scrollback. */
  readonly printed: string[] = [];
  /** What was put on the clipboard. */
  readonly copied: string[] = [];
  readonly app: ScreenApp;
  private readonly time = new TestClock();
  private readonly bus = openBus({
    session: 's',
    // As the real clock, which tells what is past from what is new.
    now: () => EPOCH + this.time.now(),
    onListenerError: (error) => this.defects.push(error),
  });
  private main = nothing;
  private view: Frame | null = null;

  private constructor(
    surface: Awaited<ReturnType<typeof openSurface>>,
    cols: number,
    rows: number,
    core: Core,
    history: readonly string[],
    files: Files | null,
    further: Further,
  ) {
    const tell = (event: EventBody) => this.tell(event);
    this.app = new ScreenApp({
      door: {
        command: async (command) => {
          this.sent.push(command);
          return core(command, tell) ?? { ok: true };
        },
        query: <Q extends Query>(query: Q) => {
          if (query.type === 'files' && files !== null) return files(query.query) as Promise<AnswerTo<Q>>;
          if (query.type === 'programs' && files !== null)
            return Promise.resolve({ names: ['src-run'] } as AnswerTo<Q>);
          const answer = further(query);
          return answer === null
            ? Promise.reject(new Error('this screen has nothing to ask for'))
            : (Promise.resolve(answer) as Promise<AnswerTo<Q>>);
        },
        subscribe: (from, listener) => this.bus.subscribe(from, listener),
      },
      writer: this.writer(),
      hold,
      parser: createInputParser(),
      clock: this.time,
      surface,
      look: plain,
      term: 'xterm',
      env: {},
      settings: {
        folds,
        pasteFold: { lines: 10, chars: 1000 },
        guard: defaultGuardSettings,
        motion: 'reduced',
        glyphs: 'unicode',
        theme: 'none',
        resumeRows: 'auto',
        keymap: { shared: {}, own: {} },
        notify: 'auto',
        notifyWhen: 'unfocused',
        title: true,
      },
      size: () => ({ cols, rows }),
      branch: null,
      alerts: [],
      composer: withHistory(emptyComposer, history),
      loadEmulator: () => new Promise(() => {}),
      suspend: () => false,
      copy: async (text) => {
        this.copied.push(text);
        return 'copied';
      },
      readClipboard: async () => ({ kind: 'nothing', words: 'The clipboard is empty.' }),
      outside: { edit: async () => ({ text: null, words: '' }), isOpen: false, ring: () => {}, end: () => {} },
      leave: () => {},
      detach: () => null,
      showAnother: () => {},
      isAttached: false,
      resumeHere: () => {},
      recordPath: '/record',
      onDefect: (error) => this.defects.push(error),
    });
  }

  static async open(
    size: { readonly cols: number; readonly rows: number },
    core: Core = () => null,
    history: readonly string[] = [],
    files: Files | null = null,
    { model = 'gpt-5.2', further = () => null }: { readonly model?: string | null; readonly further?: Further } = {},
  ): Promise<TestScreen> {
    const screen = new TestScreen(await openSurface(), size.cols, size.rows, core, history, files, further);
    screen.tell({
      type: 'session.opened',
      cwd: '/home/ana/src/app',
      provider: model === null ? 'shell' : 'openai',
      model,
      profile: ':workspace',
      network: 'restricted',
      version: '0.1.0',
      earlierItems: 0,
    });
    screen.app.start();
    return screen;
  }

  tell(event: EventBody): this {
    this.bus.publish(event);
    return this;
  }

  /** Bytes as a terminal sends them, then what the program does with its next turn of the loop. */
  async press(bytes: string): Promise<this> {
    this.app.input.take(Buffer.from(bytes));
    await settled();
    return this.wait(0);
  }

  async wait(ms: number): Promise<this> {
    this.time.move(ms);
    await settled();
    return this;
  }

  /** What a person sees when the next frame is painted, blanks at the ends of rows left out. */
  async rows(): Promise<string[]> {
    await this.wait(FRAME_MS);
    return (this.view ?? this.main).rows.map((row) => row.trimEnd());
  }

  commands(type: Command['type']): Command[] {
    return this.sent.filter((command) => command.type === type);
  }

  private writer(): FrameWriter {
    return {
      ...stillWriter,
      print: (rows) => void this.printed.push(...rows),
      frame: (frame) => {
        this.main = frame;
      },
      view: (frame) => {
        this.view = frame;
      },
      send: (bytes) => {
        this.beside.push(bytes);
      },
      enterView: () => {
        this.view = nothing;
      },
      leaveView: () => {
        this.view = null;
      },
    };
  }
}

/** Commands are answered in microtasks; none of them waits for anything else. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
}

class TestClock implements Clock {
  private at = 100_000;
  private readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.at;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.at + ms, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  move(ms: number): void {
    const end = this.at + ms;
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.timers.delete(next);
      this.at = Math.max(this.at, next.at);
      next.run();
    }
    this.at = end;
  }
}

const stillWriter: FrameWriter = {
  print: () => {},
  frame: () => {},
  echo: () => false,
  acknowledged: () => {},
  isAnswerAwaited: () => false,
  sizeMayHaveChanged: () => {},
  setReflow: () => {},
  setFrameMs: () => {},
  redraw: () => {},
  enterView: () => {},
  view: () => {},
  leaveView: () => {},
  hush: () => {},
  suspend: () => {},
  resume: () => {},
  freeze: () => {},
  whenWritten: () => Promise.resolve(),
  retire: () => ({ view: '', region: '' }),
  send: () => {},
  sendAndWait: () => true,
  close: () => {},
};

const hold: TerminalHold = {
  modes: restingModes,
  take: () => {},
  apply: () => {},
  whenQuiet: () => Promise.resolve(),
  restore: () => true,
  giveBack: () => {},
  lose: () => {},
  abandon: () => {},
};
