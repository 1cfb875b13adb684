// One turn of a session without a screen: submits, prints what happens, and ends in order however it ends.

import { type BusEvent, type Door, type EventOf, encode } from '../../core/bus/index.ts';
import { assertNever, problemText } from '../../problem/index.ts';
import type { Look } from '../tui/view/look.ts';
import { type EventFeed, openEventFeed } from './event-feed.ts';
import { openExecReport, plainLines } from './exec-report.ts';
import { openPersonsCommand } from './persons-command.ts';
import { openSink, type Sink } from './sink.ts';

/** 128 + the number of the signal, as a shell has it. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type EndingSignal = keyof typeof SIGNAL_CODES;

/** Nobody reads stdout any more: what a shell says of a program that SIGPIPE ended. */
const EXIT_UNREAD = 141;
const EXIT_FAILED = 1;

/** How long whoever reads may take for the last lines after a signal. */
const LAST_LINES_MS = 1_000;

export interface ExecRun {
  readonly door: Door;
  /** Resolves when the session has ended in order. */
  readonly ended: Promise<void>;
  readonly hasRecord: boolean;
  readonly text: string;
  /** Files, as absolute paths. */
  readonly images: readonly string[];
  readonly json: boolean;
  readonly look: Look;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** A defect somewhere in the program: resolves with the exit code to leave with. */
  readonly defect: Promise<number>;
}

export interface ExecEnd {
  readonly code: number;
  /** Null: the turn was not completed, or nothing was said. */
  readonly answer: string | null;
}

/** Resolves when the session is closed and everything was printed. */
export async function runExec(run: ExecRun): Promise<ExecEnd> {
  const { door } = run;
  let trouble = '';
  const stdout = openSink(run.stdout, (why) => {
    trouble = why;
    void close('quit');
  });
  const stderr = openSink(run.stderr);
  const feed = openEventFeed(door);
  const printer = run.json ? jsonPrinter(run, stdout) : textPrinter(run, stdout, stderr);
  const signals = listenForSignals((signal, count) => {
    if (signal === 'SIGINT' && count === 1) return void door.command({ type: 'interrupt' });
    // The order did not come about; what runs in the sandbox ends with us.
    if (count > 2) process.exit(SIGNAL_CODES[signal]);
    void close('signal');
    setTimeout(() => {
      stdout.abandon();
      stderr.abandon();
    }, LAST_LINES_MS).unref();
  });
  let isDefect = false;
  void run.defect.then(() => {
    isDefect = true;
    void close('error');
  });

  async function close(reason: EventOf<'session.ended'>['reason']): Promise<void> {
    await door.command({ type: 'close', reason });
  }

  const ack = await door.command({
    type: 'submit',
    text: run.text,
    ...(run.images.length === 0 ? {} : { images: [...run.images] }),
  });
  if (!ack.ok) await stderr.write(`${problemText(ack.problem)}\n`);
  const turn = ack.ok ? await printUntilTurnEnds(feed, printer) : null;
  await close('quit');
  await run.ended;
  feed.end();
  for (let event = await feed.next(); event !== null; event = await feed.next()) await printer.take(event);
  const answer = turn?.outcome === 'completed' ? printer.answer() : null;
  if (answer !== null) await printer.printAnswer(answer);
  await stdout.flush();
  if (trouble !== '') await stderr.write(`stdout could not be written: ${trouble}\n`);
  await stderr.flush();
  signals.stop();

  const code = (): number => {
    if (isDefect) return 70;
    if (signals.first !== null) return SIGNAL_CODES[signals.first];
    if (trouble !== '') return EXIT_FAILED;
    if (stdout.isGone) return EXIT_UNREAD;
    return codeOf(turn, printer.commandCode());
  };
  return { code: code(), answer };
}

/** The end of the turn; null when the session ended without one. */
async function printUntilTurnEnds(feed: EventFeed, printer: Printer): Promise<EventOf<'turn.ended'> | null> {
  for (;;) {
    const event = await feed.next();
    if (event === null) return null;
    await printer.take(event);
    if (event.type === 'session.ended') return null;
    if (event.type === 'turn.ended') return event;
  }
}

function codeOf(turn: EventOf<'turn.ended'> | null, commandCode: number | null): number {
  if (turn === null) return EXIT_FAILED;
  switch (turn.outcome) {
    case 'completed':
      return commandCode ?? 0;
    case 'failed':
    case 'lost':
      return EXIT_FAILED;
    case 'interrupted':
      return SIGNAL_CODES.SIGINT;
    default:
      return assertNever(turn.outcome);
  }
}

interface Printer {
  take(event: BusEvent): Promise<void>;
  answer(): string | null;
  printAnswer(answer: string): Promise<void>;
  /** Of a turn that was a command of the person: how that came out. */
  commandCode(): number | null;
}

/** Every event on stdout, and nothing else there. */
function jsonPrinter({ look, hasRecord, door }: ExecRun, stdout: Sink): Printer {
  const report = openExecReport(look, hasRecord);
  const command = openPersonsCommand(door, null);
  return {
    answer: () => report.answer,
    commandCode: command.code,
    printAnswer: async () => {},
    async take(event) {
      report.take(event);
      await command.take(event);
      await stdout.write(`${encode(event)}\n`);
    },
  };
}

/** The answer, or a person's command, on stdout; everything else on stderr. */
function textPrinter(run: ExecRun, stdout: Sink, stderr: Sink): Printer {
  const { look, hasRecord, door } = run;
  const { isTTY } = run.stdout;
  const report = openExecReport(look, hasRecord);
  const command = openPersonsCommand(door, { stdout, stderr });
  return {
    answer: () => report.answer,
    commandCode: command.code,
    async printAnswer(answer) {
      // Into a file or a pipe it goes as it is; on a terminal nothing in it may act.
      if (isTTY && run.stderr.isTTY) await stderr.write('\n');
      const text = isTTY ? plainLines(answer).join('\n') : answer;
      await stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    },
    async take(event) {
      await command.take(event);
      await stderr.write(report.take(event));
    },
  };
}

/** `heard`: which signal, and how many of all of them that makes. */
function listenForSignals(heard: (signal: EndingSignal, count: number) => void) {
  let first: EndingSignal | null = null;
  let count = 0;
  const listener = (signal: NodeJS.Signals): void => {
    const known = (Object.keys(SIGNAL_CODES) as EndingSignal[]).find((name) => name === signal);
    if (known === undefined) return;
    first ??= known;
    count += 1;
    heard(known, count);
  };
  const names = Object.keys(SIGNAL_CODES) as EndingSignal[];
  for (const name of names) process.on(name, listener);
  return {
    /** The one that the exit code tells. */
    get first() {
      return first;
    },
    stop() {
      for (const name of names) process.off(name, listener);
    },
  };
}
