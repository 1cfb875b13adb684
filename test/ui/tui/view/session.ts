// Sessions to draw: a fold that is written down as what happened, and looks to draw it with.

import {
  apply,
  type DenialValue,
  emptyTranscript,
  type Outcome,
  type QuestionValue,
  type Transcript,
  type TranscriptEvent,
} from '../../../../src/core/bus/index.ts';
import { asciiGlyphs, createStyle, unicodeGlyphs } from '../../../../src/ui/tui/terminal/style.ts';
import type { FoldRules } from '../../../../src/ui/tui/view/fold.ts';
import type { Look } from '../../../../src/ui/tui/view/look.ts';
import type { ItemView } from '../../../../src/ui/tui/view/process-rows.ts';
import type { TerminalFactory } from '../../../../src/ui/tui/view/terminal-factory.ts';

/** No escape sequences at all, so that expected rows can be read. */
export const plain: Look = { style: createStyle('plain'), glyphs: unicodeGlyphs, home: '/home/ana', motion: 'full' };
export const plainAscii: Look = { ...plain, glyphs: asciiGlyphs };
export const coloured: Look = { ...plain, style: createStyle('16') };
export const uncoloured: Look = { ...plain, style: createStyle('none') };

/** As configuration has them when nobody said. */
export const folds: FoldRules = {
  model: { over: 20, first: 5, last: 10 },
  person: { over: 400, first: 100, last: 200 },
};

export function itemView(cols: number, look: Look = plain, factory: TerminalFactory | null = null): ItemView {
  return { cols, look, folds, factory };
}

export function denialOf(changes: Partial<DenialValue> = {}): DenialValue {
  return {
    operation: 'write',
    target: '/home/ana/.npm/_cacache',
    certainty: 'certain',
    evidence: 'npm error EROFS: mkdir /home/ana/.npm/_cacache',
    because: ':workspace opens ~/src/app and the temp folders only',
    grants: [{ kind: 'write', path: '/home/ana/.npm/_cacache' }],
    also: [],
    ...changes,
  };
}

type Started = Extract<TranscriptEvent, { type: 'process.started' }>;
type Decided = Extract<TranscriptEvent, { type: 'question.decided' }>;

/** A session as it happens. Times are seconds after its start, at which its clock also stands. */
export class Session {
  readonly transcript: Transcript = emptyTranscript();
  private readonly lengths = new Map<string, number>();
  private next = 1;

  constructor(provider: 'openai' | 'shell' = 'openai') {
    const model = provider === 'shell' ? null : 'gpt-5.2';
    this.tell(
      {
        type: 'session.opened',
        cwd: '/home/ana/src/app',
        provider,
        model,
        profile: ':workspace',
        network: 'restricted',
        version: '0.1.0',
        earlierItems: 0,
      },
      0,
    );
  }

  tell(event: TranscriptEvent, second = this.seconds): this {
    apply(this.transcript, { ...event, at: 1_000_000 + second * 1000 });
    return this;
  }

  get seconds(): number {
    return Math.max(0, (this.transcript.at - 1_000_000) / 1000);
  }

  message(text: string): this {
    return this.tell({ type: 'message.added', item: `m${this.next++}`, turn: 't1', text });
  }

  answer(text: string): this {
    return this.tell({ type: 'answer.completed', item: `a${this.next++}`, turn: 't1', text });
  }

  start(process: number, command: string, changes: Partial<Started> = {}, second = this.seconds): this {
    this.lengths.set(`${process}/${changes.attempt ?? 1}`, 0);
    return this.tell(
      {
        type: 'process.started',
        process,
        call: `c${process}`,
        turn: 't1',
        attempt: 1,
        command,
        argv: ['bash', '-lc', command],
        cwd: '/home/ana/src/app',
        origin: 'model',
        stdio: { kind: 'pty', cols: 77, rows: 22 },
        profile: ':workspace',
        grants: [],
        ...changes,
      },
      second,
    );
  }

  print(process: number, text: string, attempt = 1, second = this.seconds): this {
    const key = `${process}/${attempt}`;
    const from = this.lengths.get(key) ?? 0;
    const bytes = Buffer.from(text);
    this.lengths.set(key, from + bytes.length);
    return this.tell({ type: 'process.output', process, attempt, from, stream: 'pty', bytes }, second);
  }

  close(
    process: number,
    outcome: Outcome,
    code: number,
    durationMs: number,
    more: { attempt?: number; denial?: DenialValue; signal?: string } = {},
  ): this {
    const attempt = more.attempt ?? 1;
    const excerpt = this.transcript.processes.get(process)?.attempts.find(({ number }) => number === attempt)?.excerpt;
    const exit =
      more.signal === undefined
        ? { kind: 'code' as const, code }
        : { kind: 'signal' as const, signal: more.signal, code };
    const { bytes = 0, lines = 0 } = excerpt?.value() ?? {};
    return this.tell({
      type: 'process.closed',
      process,
      attempt,
      exit,
      outcome,
      bytes,
      lines: lines ?? 0,
      durationMs,
      denial: more.denial ?? null,
    });
  }

  finish(process: number, outcome: Outcome): this {
    return this.tell({ type: 'process.finished', process, call: `c${process}`, outcome, problem: null });
  }

  run(process: number, command: string, text: string, outcome: Outcome, code: number, durationMs: number): this {
    return this.start(process, command)
      .print(process, text)
      .close(process, outcome, code, durationMs)
      .finish(process, outcome);
  }

  ask(process: number, command: string, changes: Partial<QuestionValue> = {}, second = this.seconds): this {
    return this.tell({ type: 'question.opened', ...questionOf(process, command, changes) }, second);
  }

  decide(process: number, decision: Decided['decision'], changes: Partial<Decided> = {}): this {
    const grants = decision === 'once' ? denialOf().grants : [];
    return this.tell({
      type: 'question.decided',
      question: `q${process}`,
      process,
      decision,
      reason: '',
      grants,
      by: 'person',
      ...changes,
    });
  }

  endTurn(durationMs: number, commands: number, tokens: number | null): this {
    return this.tell({
      type: 'turn.ended',
      turn: 't1',
      outcome: 'completed',
      durationMs,
      commands,
      tokens,
      problem: null,
    });
  }
}

export function questionOf(process: number, command: string, changes: Partial<QuestionValue> = {}): QuestionValue {
  return {
    question: `q${process}`,
    process,
    attempt: 1,
    subject: { kind: 'denial', denial: denialOf() },
    command,
    cwd: '/home/ana/src/app',
    profile: ':workspace',
    offers: ['once', 'session', 'unsandboxed', 'refused'],
    preset: null,
    always: null,
    shown: `digest-${process}`,
    ...changes,
  };
}

/** A question that takes every answer there is. */
export function wideQuestion(changes: Partial<QuestionValue> = {}): QuestionValue {
  return questionOf(1, 'npm install', {
    offers: ['once', 'session', 'preset', 'always', 'unsandboxed', 'refused'],
    preset: {
      name: 'npm cache',
      meaning: 'npm keeps its downloads there and fetches packages',
      grants: [
        { kind: 'write', path: '/home/ana/.npm' },
        { kind: 'write', path: '/home/ana/.cache/node-gyp' },
        { kind: 'host', host: 'packages.x.example', port: 443 },
      ],
    },
    always: {
      file: '/home/ana/.codex/config.toml',
      added: '[permissions.":workspace".filesystem]\n"/home/ana/.npm/_cacache" = "write"\n',
    },
    ...changes,
  });
}
