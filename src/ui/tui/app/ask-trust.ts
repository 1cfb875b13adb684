// The question about a folder that brings settings of its own, before a session is open in it.

import { type Key, nameOfKey } from '../input/key.ts';
import type { InputParser } from '../input/parser.ts';
import type { Clock } from '../terminal/clock.ts';
import { afterReply, viewOff, viewOn } from '../terminal/modes.ts';
import type { TerminalHold } from '../terminal/restore.ts';
import { cutEnd, visible, wrap } from '../terminal/width.ts';
import type { FrameWriter } from '../terminal/writer-contract.ts';
import { type Look, paint } from '../view/look.ts';
import { withTilde } from '../view/paths.ts';

/** `later`: nothing is used, and it is asked again. */
export type TrustAnswer = 'trusted' | 'untrusted' | 'later';

export interface TrustQuestion {
  readonly folder: string;
  /** What it brings along, as names below the folder. */
  readonly brings: readonly string[];
  /** Writes it down; a problem is shown, and the session opens all the same. */
  readonly decide: (answer: TrustAnswer) => Promise<void>;
}

export interface AskTrustOptions {
  readonly question: TrustQuestion;
  readonly writer: FrameWriter;
  readonly hold: TerminalHold;
  readonly parser: InputParser;
  readonly look: Look;
  readonly size: () => { readonly cols: number; readonly rows: number };
  readonly clock: Clock;
  /** Hands over the bytes of the person's terminal until it is answered. */
  readonly listen: (listener: (bytes: Uint8Array) => void) => void;
  /** What was typed before the question could be read belongs to the message. */
  readonly giveBack: (bytes: Uint8Array) => void;
}

/** Nobody has read it earlier than this. */
const ARMED_AFTER_MS = 600;

interface Choice {
  readonly key: 'n' | 'y' | 'l';
  readonly answer: TrustAnswer;
  readonly text: string;
}

/** The safe ones first: Enter without a thought gives nothing away. */
const CHOICES: readonly [Choice, ...Choice[]] = [
  { key: 'l', answer: 'later', text: 'not now: go on without them' },
  { key: 'y', answer: 'trusted', text: 'use them, here and whenever I work in this folder' },
  { key: 'n', answer: 'untrusted', text: 'never use them, and do not ask again' },
];

/** Null: the person leaves. */
export function askTrust(options: AskTrustOptions): Promise<TrustAnswer | null> {
  const { writer, hold, parser, clock, question, look } = options;
  const armedAt = clock.now() + ARMED_AFTER_MS;
  let selected: Choice = CHOICES[0];

  return new Promise((resolve) => {
    let cancelEscape: (() => void) | null = null;
    const step = viewOn(hold.modes);
    writer.enterView(step.bytes);
    hold.apply({ modes: step.modes, bytes: '' });
    process.stdout.on('resize', draw);
    options.listen(onBytes);
    draw();

    function draw(): void {
      const { cols, rows } = options.size();
      writer.view({ rows: trustRows(question, selected.answer, cols, look).slice(0, rows), cursor: null }, 'echo');
    }

    function onBytes(bytes: Uint8Array): void {
      if (clock.now() < armedAt) return options.giveBack(bytes);
      cancelEscape?.();
      cancelEscape = null;
      take(parser.feed(bytes, clock.now()));
      const wait = parser.pending();
      if (wait !== null) cancelEscape = clock.after(wait, () => take(parser.flush(clock.now())));
    }

    function take(events: ReturnType<InputParser['feed']>): void {
      for (const event of events) {
        if (event.kind === 'key') onKey(event);
        else if (event.kind === 'reply') {
          if (event.reply.kind === 'status') writer.acknowledged();
          else hold.apply(afterReply(hold.modes, event.reply, process.env.TERM ?? ''));
        }
      }
    }

    function onKey(key: Key): void {
      const name = nameOfKey(key);
      if (name === 'ctrl-c' || name === 'ctrl-d') return close(null);
      if (name === 'esc') return close('later');
      if (name === 'enter') return close(selected.answer);
      const at = CHOICES.indexOf(selected);
      const step = name === 'up' ? -1 : name === 'down' ? 1 : 0;
      selected = CHOICES.find((choice) => choice.key === name) ?? CHOICES[at + step] ?? selected;
      draw();
    }

    function close(answer: TrustAnswer | null): void {
      cancelEscape?.();
      process.stdout.off('resize', draw);
      const off = viewOff(hold.modes);
      writer.leaveView(off.bytes);
      hold.apply({ modes: off.modes, bytes: '' });
      resolve(answer);
    }
  });
}

/** Each at most `cols - 1` wide. */
export function trustRows(
  { folder, brings }: TrustQuestion,
  selected: TrustAnswer,
  cols: number,
  look: Look,
): string[] {
  const width = Math.max(1, cols - 3);
  const text = (words: string): string[] => wrap(words, width).map((row) => `  ${row}`);
  const shown = brings.slice(0, MOST_SHOWN);
  return [
    '',
    ...text(`${visible(withTilde(folder, look.home))} brings things of its own for codex:`),
    '',
    ...shown.map((name) => `    ${cutEnd(visible(name), Math.max(1, width - 2), look.glyphs.ellipsis)}`),
    ...(brings.length > shown.length ? [`    and ${brings.length - shown.length} more`] : []),
    '',
    ...text('They can change how a model works here. They cannot give it more than you allow.'),
    '',
    ...CHOICES.flatMap(({ key, answer, text: words }) => {
      const lead = answer === selected ? `${paint(look, 'accent', look.glyphs.pointer)} ` : '  ';
      const enter = answer === selected ? ' (Enter)' : '';
      return wrap(`${words}${enter}`, Math.max(1, width - 6)).map((row, index) =>
        index === 0 ? `  ${lead}${key}  ${row}` : `       ${row}`,
      );
    }),
  ];
}

const MOST_SHOWN = 8;
