// The screen of one session: hears events and keys, holds what is open and focused, and has frames painted.

import {
  type Ack,
  apply,
  type BusEvent,
  type Command,
  type Door,
  emptyTranscript,
  type ProcessItem,
  type Transcript,
} from '../../../core/bus/index.ts';
import type { Problem } from '../../../problem/index.ts';
import {
  cardHasFocus,
  type Guard,
  type GuardEffect,
  type GuardEvent,
  type GuardKey,
  guardStep,
  guardWakesAt,
  noQuestion,
  type Surroundings,
} from '../approvals/guard.ts';
import { type Composer, cleared, givenBack, pasted, taken, typed } from '../composer/composer.ts';
import { openRowLayout, type RowLayout } from '../ink/row-layout.ts';
import type { Surface } from '../ink/surface.ts';
import type { Key } from '../input/key.ts';
import type { InputEvent, InputParser } from '../input/parser.ts';
import type { Clock } from '../terminal/clock.ts';
import { afterReply, viewOff, viewOn } from '../terminal/modes.ts';
import type { TerminalHold } from '../terminal/restore.ts';
import type { FrameWriter } from '../terminal/writer-contract.ts';
import { type KeptRows, outputsToFetch } from '../transcript/layout.ts';
import type { Look } from '../view/look.ts';
import { type NoticeLevel, noticeRows } from '../view/problem-rows.ts';
import { hasColour } from '../view/process-rows.ts';
import type { TerminalFactory } from '../view/terminal-factory.ts';
import { type AppState, initialState, type View } from './app-state.ts';
import { keys, onMainKey, onOwnKey } from './main-keys.ts';
import { openPainter, type Painter } from './painter.ts';
import { openPaneBodies, type PaneBodies } from './pane-bodies.ts';
import type { Memory } from './run-screen.ts';
import type { ScreenSettings } from './screen-settings.ts';
import { openToasts, type Toasts } from './toasts.ts';
import { onViewKey } from './view-keys.ts';

export interface ScreenOptions {
  readonly door: Door;
  readonly writer: FrameWriter;
  readonly hold: TerminalHold;
  readonly parser: InputParser;
  readonly clock: Clock;
  readonly surface: Surface;
  readonly look: Look;
  readonly term: string;
  readonly settings: ScreenSettings;
  readonly size: () => { readonly cols: number; readonly rows: number };
  readonly branch: string | null;
  readonly alerts: readonly string[];
  /** Typed before the screen was there. */
  readonly composer: Composer;
  /** Loads the terminal emulator, the first time output needs one. */
  readonly loadEmulator: () => Promise<TerminalFactory>;
  readonly suspend: () => boolean;
  /** The person leaves: the session is closed and the terminal given back. */
  readonly leave: () => void;
  readonly recordPath: string;
  readonly onDefect: (error: unknown) => void;
}

/** Longer outputs are read from their file. */
const FETCHED_BYTES = 4 * 1024 * 1024;

/** After this long a card that the terminal did not confirm counts as painted: some terminals never answer. */
const UNCONFIRMED_MS = 350;

/** A pane takes the keyboard by itself only when no key came for this long, or none since the Enter that started it. */
const KEYBOARD_QUIET_MS = 1000;

export class ScreenApp {
  readonly transcript: Transcript = emptyTranscript();
  readonly state: AppState = initialState();
  readonly bodies: PaneBodies;
  readonly toasts: Toasts;
  readonly painter: Painter;
  readonly layOut: RowLayout;
  composer: Composer;
  guard: Guard = noQuestion;
  factory: TerminalFactory | null = null;

  private isLoadingEmulator = false;
  private cancelGuard: (() => void) | null = null;
  private cancelConfirm: (() => void) | null = null;
  private cancelEscape: (() => void) | null = null;
  private stopHearing: () => void = () => {};
  /** Keys since the last message was sent: none means that the person waits for what it does. */
  private keysSinceSubmit = 1;

  constructor(readonly options: ScreenOptions) {
    this.composer = options.composer;
    this.bodies = openPaneBodies(hasColour(options.look), () => this.factory);
    this.toasts = openToasts(options.clock, () => this.painter.changed());
    this.layOut = openRowLayout(options.surface);
    this.painter = openPainter(this);
  }

  /** Hears the session from its beginning, and takes over the screen. */
  start(): void {
    this.sendSize();
    this.stopHearing = this.options.door.subscribe(1, (event) => this.onEvent(event));
    this.painter.changed('echo');
  }

  stop(): void {
    this.stopHearing();
    this.cancelGuard?.();
    this.cancelConfirm?.();
    this.cancelEscape?.();
    this.toasts.clear();
    this.painter.close();
  }

  // -------------------------------------------------------------------------------------------------- events

  private onEvent(event: BusEvent): void {
    apply(this.transcript, event);
    this.bodies.follow(event);
    switch (event.type) {
      case 'process.output':
        if (!this.isLoadingEmulator && event.stream === 'pty' && event.bytes.includes(0x1b)) this.loadEmulator();
        this.openFullIfWanted(event.process);
        break;
      case 'process.waiting':
        if (event.wait !== null) this.typeIntoIfWanted(event.process);
        break;
      case 'process.exited':
      case 'process.finished':
        this.leavePane(event.process);
        break;
      case 'message.unqueued':
        if (event.reason === 'returned') this.giveBack(event.message);
        break;
      case 'question.opened':
        // The status line now has something to say that matters more.
        this.toasts.clear();
        break;
    }
    this.keepQueuedTexts(event);
    this.tellGuard({ type: 'question', question: this.transcript.questions[0] ?? null });
    this.painter.changed();
  }

  /** Texts of queued messages, so that a returned one can come back into the composer. */
  private readonly queuedTexts = new Map<string, string>();

  private keepQueuedTexts(event: BusEvent): void {
    if (event.type === 'message.queued') this.queuedTexts.set(event.message, event.text);
    if (event.type === 'message.unqueued') this.queuedTexts.delete(event.message);
  }

  private giveBack(message: string): void {
    const text = this.queuedTexts.get(message);
    if (text !== undefined) this.composer = givenBack(this.composer, text);
  }

  private loadEmulator(): void {
    this.isLoadingEmulator = true;
    this.options.loadEmulator().then(
      (factory) => {
        this.factory = factory;
        for (const { number } of this.transcript.live) this.openFullIfWanted(number);
        this.painter.changed();
      },
      () => this.toasts.show('the terminal emulator could not be loaded; output is shown as lines'),
    );
  }

  /** True while an item must wait for the emulator that its output needs. */
  get isWaitingForEmulator(): boolean {
    return this.isLoadingEmulator && this.factory === null;
  }

  // ---------------------------------------------------------------------------------------------------- input

  /** Bytes of the person's terminal. */
  onBytes(bytes: Uint8Array): void {
    this.cancelEscape?.();
    this.cancelEscape = null;
    for (const event of this.options.parser.feed(bytes, this.options.clock.now())) this.onInput(event);
    const wait = this.options.parser.pending();
    if (wait !== null) {
      this.cancelEscape = this.options.clock.after(wait, () => {
        this.cancelEscape = null;
        for (const event of this.options.parser.flush(this.options.clock.now())) this.onInput(event);
      });
    }
  }

  private onInput(event: InputEvent): void {
    switch (event.kind) {
      case 'reply':
        if (event.reply.kind === 'status') {
          this.options.writer.acknowledged();
          this.confirmPainted();
        } else {
          this.options.hold.apply(afterReply(this.options.hold.modes, event.reply, this.options.term));
        }
        return;
      case 'focus':
        return this.tellGuard({ type: 'window', isInFront: event.isFocused });
      case 'raw':
        this.keysSinceSubmit += 1;
        if (this.typingInto !== null)
          this.send({ type: 'process.write', process: this.typingInto, bytes: event.bytes });
        return;
      case 'left raw':
        return this.leaveTyping();
      case 'back to raw':
        return this.backToTyping();
      case 'paste':
        return this.onPaste(event.text);
      case 'paste too large':
        return this.toasts.show(
          `This paste has ${Math.round(event.bytes / 1e6)} MB; the limit is 16 MB. Save it as a file.`,
        );
      case 'mouse':
        return;
      case 'key': {
        this.state.lastKeyAt = this.options.clock.now();
        this.keysSinceSubmit += 1;
        if (this.state.view === null) onMainKey(this, event);
        else onViewKey(this, this.state.view, event);
        return;
      }
    }
  }

  private onPaste(text: string): void {
    this.state.lastKeyAt = this.options.clock.now();
    if (this.state.view !== null || this.state.panel !== null) return;
    if (this.state.focus.kind === 'pane') this.focusComposer();
    this.guardKey({ key: 'paste', text }, null);
  }

  // ------------------------------------------------------------------------------------------------- commands

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
    if (ack.ok) return;
    // A process that ended a moment ago is no news worth a sentence.
    if (ack.code === 'unknown_process' && command.type !== 'process.signal') return;
    this.toasts.show([ack.problem.what, ack.problem.why].filter((part) => part !== '').join(' '));
  }

  submit(): void {
    const { text, composer } = taken(this.composer);
    if (text.trim() === '') return;
    this.composer = composer;
    this.keysSinceSubmit = 0;
    this.send({ type: 'submit', text });
    this.explainSandbox();
  }

  sendSize(): void {
    const { cols, rows } = this.paneSize();
    this.send({ type: 'terminal.size', cols, rows });
    for (const item of this.transcript.live) {
      if (item.stdio.kind === 'pty' && this.viewedFull !== item.number)
        this.send({ type: 'process.resize', process: item.number, cols, rows });
    }
    const full = this.viewedFull;
    if (full !== null) this.resizeFull(full);
  }

  private paneSize(): { cols: number; rows: number } {
    const { cols, rows } = this.options.size();
    return { cols: Math.max(20, cols - 3), rows: Math.max(10, rows - 2) };
  }

  private resizeFull(process: number): void {
    const { cols, rows } = this.options.size();
    this.send({ type: 'process.resize', process, cols, rows: Math.max(1, rows - 1) });
  }

  // ---------------------------------------------------------------------------------------------------- focus

  get typingInto(): number | null {
    return this.state.focus.kind === 'typing' ? this.state.focus.process : null;
  }

  get selected(): number | null {
    return this.state.focus.kind === 'pane' ? this.state.focus.process : null;
  }

  private get viewedFull(): number | null {
    return this.state.view?.kind === 'full' ? this.state.view.process : null;
  }

  focusComposer(): void {
    if (this.state.focus.kind === 'typing') this.options.parser.takeKeys();
    this.state.focus = { kind: 'composer' };
    this.painter.changed('echo');
  }

  select(process: number): void {
    if (this.state.focus.kind === 'typing') this.options.parser.takeKeys();
    this.state.focus = { kind: 'pane', process };
    this.painter.changed('echo');
  }

  typeInto(process: number): void {
    const item = this.transcript.processes.get(process);
    if (item === undefined || item.state.kind === 'finished') return;
    if (item.stdio.kind === 'pipe') return this.toasts.show(`${process} has no terminal: nothing can be typed into it`);
    this.state.focus = { kind: 'typing', process };
    this.options.parser.takeRaw(
      this.bodies.get(process)?.wishes ?? { bracketedPaste: false, applicationCursorKeys: false },
    );
    this.painter.changed('echo');
  }

  /** The last program that was typed into: Ctrl-] twice goes back to it and types the key. */
  private lastTyped: { readonly process: number; readonly wasFull: boolean } | null = null;

  private leaveTyping(): void {
    const process = this.typingInto;
    if (process === null) return;
    this.lastTyped = { process, wasFull: this.viewedFull === process };
    this.state.focus = { kind: 'composer' };
    if (this.viewedFull === process) this.closeView();
    this.painter.changed('echo');
  }

  private backToTyping(): void {
    const last = this.lastTyped;
    if (last === null) return;
    if (last.wasFull) this.openFull(last.process);
    else this.typeInto(last.process);
  }

  private typeIntoIfWanted(process: number): void {
    if (this.mayTakeKeyboard(process)) this.typeInto(process);
  }

  private openFullIfWanted(process: number): void {
    const body = this.bodies.get(process);
    if (body === null || !body.wantsWholeScreen || this.state.view !== null) return;
    const isTyping = this.typingInto === process;
    if (isTyping || this.mayTakeKeyboard(process)) this.openFull(process);
  }

  /** Only the person's own command, the only one in front, with nothing typed and no key since it was started. */
  private mayTakeKeyboard(process: number): boolean {
    const item = this.transcript.processes.get(process);
    if (item === undefined || item.origin !== 'person' || item.place !== 'front' || item.stdio.kind !== 'pty')
      return false;
    const others = this.transcript.live.filter(
      ({ number, place, origin }) => number !== process && place === 'front' && origin === 'person',
    );
    const isQuiet = this.keysSinceSubmit === 0 || this.options.clock.now() - this.state.lastKeyAt >= KEYBOARD_QUIET_MS;
    return (
      others.length === 0 &&
      isQuiet &&
      this.composer.buffer.text === '' &&
      this.state.focus.kind === 'composer' &&
      this.state.view === null &&
      this.state.panel === null &&
      !cardHasFocus(this.guard)
    );
  }

  /** A pane that is gone takes nothing with it: the keyboard is back with the composer. */
  private leavePane(process: number): void {
    const { focus, view } = this.state;
    if (view?.kind === 'full' && view.process === process) {
      if (this.typingInto === process) this.options.parser.takeKeys();
      this.state.focus = { kind: 'composer' };
      // Its last screen belongs to the program; what it leaves behind is printed as its item.
      this.closeView();
    } else if (
      focus.kind !== 'composer' &&
      focus.process === process &&
      this.transcript.processes.get(process)?.state.kind === 'finished'
    ) {
      this.focusComposer();
    } else if (focus.kind === 'typing' && focus.process === process) {
      this.focusComposer();
    }
  }

  // ---------------------------------------------------------------------------------------------------- views

  openView(view: View): void {
    const isOpen = this.state.view !== null;
    this.state.view = view;
    if (!isOpen) {
      const step = viewOn(this.options.hold.modes);
      this.options.writer.enterView(step.bytes);
      this.options.hold.apply({ modes: step.modes, bytes: '' });
    }
    this.painter.changed('echo');
  }

  openFull(process: number): void {
    const item = this.transcript.processes.get(process);
    if (item === undefined || item.state.kind === 'finished') return;
    if (!this.isLoadingEmulator) this.loadEmulator();
    this.openView({ kind: 'full', process });
    if (item.stdio.kind === 'pty') {
      this.resizeFull(process);
      this.typeInto(process);
    }
  }

  /** Another state of the view that is open. */
  setView(view: View): void {
    if (this.state.view === null) return;
    this.state.view = view;
    this.painter.changed('echo');
  }

  /** What earlier sessions of this person have seen. */
  recall(memory: Memory): void {
    this.memory = memory;
    if (memory.hasSeenHint('help')) this.state.hasOpenedHelp = true;
    this.painter.changed();
  }

  private memory: Memory | null = null;

  /** Said at a person's first command, once: where it runs. */
  private explainSandbox(): void {
    const { session } = this.transcript;
    if (
      this.memory === null ||
      session === null ||
      session.network !== 'restricted' ||
      this.memory.hasSeenHint('sandbox')
    )
      return;
    this.memory.rememberHint('sandbox');
    this.toasts.show('Sandboxed: writes only this folder and temp folders, no network');
  }

  openHelp(): void {
    this.state.hasOpenedHelp = true;
    this.memory?.rememberHint('help');
    if (this.composer.buffer.text === '?') this.composer = cleared(this.composer);
    this.openView({ kind: 'help', top: 0, filter: '' });
  }

  closeView(): void {
    const { view } = this.state;
    if (view === null) return;
    this.state.view = null;
    if (view.kind === 'full') {
      if (this.typingInto === view.process) this.options.parser.takeKeys();
      this.state.focus = { kind: 'composer' };
      const { cols, rows } = this.paneSize();
      if (this.transcript.processes.get(view.process)?.state.kind !== 'finished') {
        this.send({ type: 'process.resize', process: view.process, cols, rows });
      }
    }
    const step = viewOff(this.options.hold.modes);
    this.options.writer.leaveView(step.bytes);
    this.options.hold.apply({ modes: step.modes, bytes: '' });
    this.painter.changed('echo');
  }

  // ---------------------------------------------------------------------------------------------------- guard

  private surroundings(): Surroundings {
    return {
      composerIsEmpty: this.composer.buffer.text === '',
      isElsewhere: this.state.view !== null || this.state.panel !== null || this.state.focus.kind !== 'composer',
    };
  }

  /** `key` is what was pressed, for the case that it is not the guard's; null when it was no key. */
  guardKey(press: GuardKey, key: Key | null): void {
    this.pressed = key;
    this.tellGuard({ type: 'key', press });
    this.pressed = null;
  }

  private pressed: Key | null = null;

  focusQuestion(): void {
    if (this.guard.question === null) return this.toasts.show('no open question');
    if (this.state.focus.kind !== 'composer') this.focusComposer();
    this.tellGuard({ type: 'focus' });
  }

  tellGuard(event: GuardEvent): void {
    const before = this.guard;
    const step = guardStep(
      this.guard,
      event,
      this.surroundings(),
      this.options.clock.now(),
      this.options.settings.guard,
    );
    this.guard = step.guard;
    for (const effect of step.effects) this.carryOut(effect);
    this.scheduleGuard();
    if (
      before.phase !== this.guard.phase ||
      before.question !== this.guard.question ||
      before.reason !== this.guard.reason ||
      before.highlighted !== this.guard.highlighted
    ) {
      this.painter.changed('echo');
      this.awaitConfirmation();
    }
  }

  private carryOut(effect: GuardEffect): void {
    switch (effect.do) {
      case 'to_composer':
        return this.toComposer(effect.press);
      case 'decide':
        this.send({
          type: 'decide',
          question: effect.question,
          decision: effect.decision,
          reason: effect.reason,
          shown: effect.shown,
        });
        return;
      case 'details':
        return this.openView({ kind: 'details', question: effect.question, top: 0 });
      case 'next_question':
        return this.toasts.show('questions are answered in order; this one is the oldest');
    }
  }

  private toComposer(press: GuardKey): void {
    if (press.key === 'text') return this.type(press.text);
    if (press.key === 'paste') this.composer = pasted(this.composer, press.text, this.options.settings.pasteFold);
    else if (this.pressed !== null) return onOwnKey(this, this.pressed);
    this.painter.changed('echo');
  }

  /** Text at the cursor of the composer. */
  type(text: string): void {
    if (text.length === 1 && this.echo(text)) return;
    this.composer = typed(this.composer, text);
    this.painter.changed('echo');
  }

  /** One letter at the end of the text is written where the cursor stands; everything else goes through a frame. */
  private echo(letter: string): boolean {
    const { buffer } = this.composer;
    if (buffer.cursor !== buffer.text.length || !this.options.writer.echo(letter)) return false;
    this.composer = typed(this.composer, letter);
    this.painter.changed('quietly');
    return true;
  }

  private scheduleGuard(): void {
    this.cancelGuard?.();
    this.cancelGuard = null;
    const at = guardWakesAt(this.guard, this.surroundings(), this.options.settings.guard);
    if (at === null) return;
    this.cancelGuard = this.options.clock.after(Math.max(0, at - this.options.clock.now()), () => {
      this.cancelGuard = null;
      this.tellGuard({ type: 'time' });
    });
  }

  private awaitConfirmation(): void {
    this.cancelConfirm?.();
    this.cancelConfirm =
      this.guard.question === null ? null : this.options.clock.after(UNCONFIRMED_MS, () => this.confirmPainted());
  }

  private confirmPainted(): void {
    if (this.cancelConfirm === null || this.painter.isBehind) return;
    this.cancelConfirm();
    this.cancelConfirm = null;
    this.tellGuard({ type: 'painted' });
  }

  // ---------------------------------------------------------------------------------------------------- facts

  /** The person's own command in front of them, newest first. */
  ownCommand(): ProcessItem | null {
    return (
      this.transcript.live.findLast(
        ({ origin, place, state }) => origin === 'person' && place === 'front' && state.kind !== 'asking',
      ) ?? null
    );
  }

  /** What may follow the leader key, for the status line. */
  leaderHint(): string {
    const contexts =
      this.state.focus.kind === 'pane' ? (['pane', 'global'] as const) : (['composer', 'global'] as const);
    return keys
      .continuations(contexts)
      .map(({ key, help }) => `${key} ${help}`)
      .join(', ');
  }

  /** Whole outputs that the transcript view asked for, by `process.attempt`. */
  readonly fetched = new Map<string, Uint8Array>();
  readonly keptRows: KeptRows = new WeakMap();

  /** Fetches the middles of long outputs, so that the transcript can be read and searched whole. */
  fetchOutputs(): void {
    for (const { process, attempt, bytes } of outputsToFetch(this.transcript.finished)) {
      const name = `${process}.${attempt}`;
      if (this.fetched.has(name) || bytes > FETCHED_BYTES) continue;
      this.options.door.query({ type: 'output', process, attempt, from: 0, to: bytes }).then((answer) => {
        if (answer.bytes.length !== bytes) return;
        this.fetched.set(name, answer.bytes);
        this.painter.changed();
      }, this.options.onDefect);
    }
  }
}
