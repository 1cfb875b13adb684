// What is the screen of one session made of? Its parts, what they share, and the way out to the session.

import { type Ack, type Command, type Door, emptyTranscript, type Transcript } from '../../../core/bus/index.ts';
import type { Problem } from '../../../problem/index.ts';
import { type Composer, taken } from '../composer/composer.ts';
import type { FoldedImage } from '../composer/text-buffer.ts';
import { openRowLayout, type RowLayout } from '../ink/row-layout.ts';
import type { Surface } from '../ink/surface.ts';
import { type KeyTable, keyTableOf } from '../input/key-table.ts';
import { keyMapWith, type PersonsKeyMap } from '../input/keymap-config.ts';
import type { InputParser } from '../input/parser.ts';
import type { Clock } from '../terminal/clock.ts';
import type { TerminalHold } from '../terminal/restore.ts';
import type { FrameWriter } from '../terminal/writer-contract.ts';
import type { Look } from '../view/look.ts';
import { type NoticeLevel, noticeRows } from '../view/problem-rows.ts';
import { hasColour } from '../view/process-rows.ts';
import type { TerminalFactory } from '../view/terminal-factory.ts';
import { type AppState, initialState } from './app-state.ts';
import { type Attention, openAttention } from './attention.ts';
import type { Clip } from './clipboard.ts';
import { type Completions, openCompletions } from './completions.ts';
import { type ComposerTyping, openComposerTyping } from './composer-typing.ts';
import { type Emulator, openEmulator } from './emulator.ts';
import { type FetchedOutputs, openFetchedOutputs } from './fetched-outputs.ts';
import { type Hints, openHints } from './hints.ts';
import { type Links, openLinks } from './links.ts';
import type { OutsideEditor } from './outside-editor.ts';
import { openPainter, type Painter } from './painter.ts';
import { openPaneBodies, type PaneBodies } from './pane-bodies.ts';
import { openPaneFocus, type PaneFocus } from './pane-focus.ts';
import { openQuestionDesk, type QuestionDesk } from './question-desk.ts';
import { loadPrompts } from './saved-prompts.ts';
import type { ScreenSettings } from './screen-settings.ts';
import { openSessionEvents } from './session-events.ts';
import { openTerminalInput, type TerminalInput } from './terminal-input.ts';
import { openToasts, type Toasts } from './toasts.ts';
import { openViews, type Views } from './views.ts';
import { openWindowSizes, type WindowSizes } from './window-sizes.ts';

export interface ScreenOptions {
  readonly door: Door;
  readonly writer: FrameWriter;
  readonly hold: TerminalHold;
  readonly parser: InputParser;
  readonly clock: Clock;
  readonly surface: Surface;
  readonly look: Look;
  readonly term: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settings: ScreenSettings;
  readonly size: () => { readonly cols: number; readonly rows: number };
  readonly branch: string | null;
  readonly alerts: readonly string[];
  /** Typed before the screen was there. */
  readonly composer: Composer;
  /** Loads the terminal emulator, the first time output needs one. */
  readonly loadEmulator: () => Promise<TerminalFactory>;
  readonly suspend: () => boolean;
  readonly outside: OutsideEditor;
  readonly readClipboard: () => Promise<Clip>;
  /** Puts a text on the clipboard, and says what became of it. */
  readonly copy: (text: string) => Promise<string>;
  /** The person leaves: the session is closed and the terminal given back. */
  readonly leave: () => void;
  /** The person leaves and the session goes on. Null: so it is; else why that cannot be. */
  readonly detach: () => string | null;
  /** Ends this session in order, and shows a new one or one that the person picks. */
  readonly showAnother: (how: 'new' | 'earlier') => void;
  /** The session lives in another program: leaving ends nothing. */
  readonly isAttached: boolean;
  /** That program is gone: goes on from the record, in this one. */
  readonly resumeHere: () => void;
  /** Null: nothing is recorded. */
  readonly recordPath: string | null;
  readonly onDefect: (error: unknown) => void;
}

/** Images that are known again when their message comes back unsent. */
const KEPT_IMAGES = 50;

export class ScreenApp {
  readonly transcript: Transcript = emptyTranscript();
  readonly state: AppState = initialState();
  private written: Composer;

  readonly bodies: PaneBodies;
  readonly emulator: Emulator;
  readonly toasts: Toasts;
  readonly layOut: RowLayout;
  readonly links: Links;
  readonly painter: Painter;
  readonly outputs: FetchedOutputs;
  readonly hints: Hints;
  readonly sizes: WindowSizes;
  readonly focus: PaneFocus;
  readonly views: Views;
  readonly desk: QuestionDesk;
  readonly typing: ComposerTyping;
  readonly completions: Completions;
  readonly keyMap: PersonsKeyMap;
  readonly keys: KeyTable;
  readonly attention: Attention;
  readonly input: TerminalInput;

  private stopHearing: () => void = () => {};

  constructor(readonly options: ScreenOptions) {
    this.written = options.composer;
    this.keyMap = keyMapWith(options.settings.keymap.shared, options.settings.keymap.own);
    this.keys = keyTableOf(this.keyMap.map);
    this.emulator = openEmulator(
      options.loadEmulator,
      () => {
        for (const { number } of this.transcript.live) this.views.openFullIfWanted(number);
        this.painter.changed();
      },
      () => this.toasts.show('the terminal emulator could not be loaded; output is shown as lines'),
    );
    this.bodies = openPaneBodies(hasColour(options.look), () => this.emulator.factory);
    this.toasts = openToasts(options.clock, () => this.painter.changed());
    this.layOut = openRowLayout(options.surface);
    this.links = openLinks(options.look, options.env);
    this.painter = openPainter(this);
    this.outputs = openFetchedOutputs(this);
    this.hints = openHints(this);
    this.sizes = openWindowSizes(this);
    this.focus = openPaneFocus(this);
    this.views = openViews(this);
    this.desk = openQuestionDesk(this);
    this.typing = openComposerTyping(this);
    this.completions = openCompletions(this);
    this.attention = openAttention(this);
    this.input = openTerminalInput(this);
  }

  get composer(): Composer {
    return this.written;
  }

  set composer(next: Composer) {
    this.written = next;
    this.completions.follow();
  }

  /** Hears the session from its beginning, and takes over the screen. */
  start(): void {
    this.sizes.send();
    this.stopHearing = this.options.door.subscribe(1, openSessionEvents(this));
    void loadPrompts(this);
    this.painter.changed('echo');
    if (this.keyMap.notes.length > 0) this.say('warning', keysNotInForce(this.keyMap.notes));
  }

  stop(): void {
    this.stopHearing();
    this.desk.close();
    this.input.close();
    this.toasts.clear();
    this.completions.close();
    this.painter.close();
  }

  /** The program that had the session is gone, and can be replaced by this one. */
  ownerGone(): void {
    this.views.close();
    this.focus.toComposer();
    this.attention.tell('codex: the program that ran this session has ended');
    this.state.panel = { kind: 'gone' };
    this.painter.changed('echo');
  }

  /** The program that has the session was stopped, by Ctrl-Z in its terminal for example. */
  ownerSilent(isSilent: boolean): void {
    if (isSilent) this.toasts.keep('the session does not answer: its program was stopped; fg in its terminal');
    else this.toasts.clear();
  }

  send(command: Command): void {
    this.options.door.command(command).then(
      (ack) => this.onAck(command, ack),
      (error: unknown) => this.toasts.show(String(error)),
    );
  }

  /** A problem of this screen or this machine, which is no event of the session. */
  say(level: NoticeLevel, problem: Problem): void {
    this.painter.print(noticeRows(level, problem, this.options.look));
  }

  onDefect = (error: unknown): void => this.options.onDefect(error);

  private onAck(command: Command, ack: Ack): void {
    if (ack.ok) {
      if (command.type === 'grant.revoke') this.toasts.show('running commands keep what they were started with');
      return;
    }
    // A process that ended a moment ago is no news worth a sentence.
    if (ack.code === 'unknown_process' && command.type !== 'process.signal') return;
    this.toasts.show([ack.problem.what, ack.problem.why].filter((part) => part !== '').join(' '));
  }

  /** `steers`: for the model to hear while it works. */
  submit(how: 'queues' | 'steers' = 'queues'): void {
    const { text, images, composer } = taken(this.composer);
    if (text.trim() === '') return;
    this.composer = composer;
    this.sendMessage(text, images, how);
  }

  sendMessage(text: string, images: readonly FoldedImage[], how: 'queues' | 'steers'): void {
    this.state.keysSinceSubmit = 0;
    this.state.sentImages = [...images, ...this.state.sentImages].slice(0, KEPT_IMAGES);
    const files = images.map(({ path }) => path);
    this.send({
      type: 'submit',
      text,
      ...(files.length === 0 ? {} : { images: files }),
      ...(how === 'steers' ? { steers: true } : {}),
    });
    this.hints.explainSandbox();
  }
}

function keysNotInForce(notes: readonly string[]): Problem {
  return {
    what: 'Some keys of config.toml are not in force.',
    why: notes.join(' '),
    next: '/keys shows those that are.',
  };
}
