// Calls that change files: each is a process of its own, so that it is seen, stopped, asked about and recorded like one.

import path from 'node:path';
import stripAnsi from 'strip-ansi';
import {
  type CommandStart,
  LOCAL,
  type ProcessListener,
  type ReadyEnvironment,
  type RunningProcess,
  type SandboxIntent,
} from '../../exec/index.ts';
import { fail, problemText } from '../../problem/index.ts';
import type { EventBody } from '../bus/contract.ts';
import { APPLY_PATCH, AS_ARGUMENT, filesIn, parsePatch, patchSummary } from '../patch/index.ts';
import { type ToolAnswer, textAnswer } from '../tools/index.ts';
import { type CommandSurroundings, noEnvironment } from './command-calls.ts';
import type { Runner } from './process.ts';
import type { ProcessAnswers } from './process-answers.ts';
import { PATCH_ALIASES } from './session-hooks.ts';
import type { ToolCall } from './tool-calls.ts';

/** The program that applies patches, on this machine. */
export interface Applier {
  readonly argv: readonly [string, ...string[]];
  /** What it is loaded from: a profile may hide that from commands. */
  readonly readable: () => readonly string[];
}

export interface PatchSurroundings extends CommandSurroundings {
  readonly emit: (event: EventBody) => void;
  readonly applier: Applier;
}

/** As an argument the kernel takes no longer text. */
const MOST_ARGUMENT_BYTES = 120 * 1024;

/** Of what is said about a patch a model is told so much. */
const MOST_SAID = 16 * 1024;

export function openPatchCalls(
  around: PatchSurroundings,
  answers: ProcessAnswers,
): (call: ToolCall) => Promise<ToolAnswer> {
  async function apply(call: ToolCall): Promise<string> {
    const text = inputOf(call.arguments);
    const patch = parsePatch(text);
    if (!patch.ok) return problemText(patch.problem);
    const name = patch.value.environment ?? around.current() ?? '';
    const ready = name === '' ? fail(noEnvironment) : await call.step.use(name);
    if (!ready.ok) return problemText(ready.problem);
    const environment = ready.value;
    if (name !== LOCAL && Buffer.byteLength(text) > MOST_ARGUMENT_BYTES) return TOO_LONG_THERE;
    const standing = around.standings.on(name, environment.facts);
    const said: string[] = [];
    const summary = patchSummary(patch.value);
    const process = around.processes.start({
      call: call.id,
      turn: call.turn,
      origin: call.origin,
      command: summary,
      preview: `${summary}\n${text}`,
      argv: [APPLY_PATCH],
      environment,
      runner: runnerFor(environment, text, around.applier, said),
      deed: 'patch',
      allowedAs: '',
      cwd: standing.cwd,
      root: standing.root,
      variables: () =>
        around.variablesFor({
          call: call.id,
          reader: call.origin,
          isTerminal: false,
          networkIsOff: true,
          previousFolder: null,
        }),
      stdio: { kind: 'pipe', stdin: 'closed' },
      wish: null,
      judge: null,
      hooked: { tool: APPLY_PATCH, aliases: PATCH_ALIASES, input: { command: text } },
      signal: call.signal,
    });
    const preface = await answers.whenFinished(process, call.signal);
    if (preface === null) return 'The person stopped this before it was done.';
    const last = said.at(-1) ?? '';
    if (process.finished?.outcome === 'ok') tellChanged(process.request.number, standing.cwd, last);
    return [...preface.sentences, ...(preface.hasOutput ? [last] : [])].join('\n');
  }

  function tellChanged(process: number, cwd: string, done: string): void {
    const files = filesIn(done).map(({ path: file, change }) => ({ path: path.resolve(cwd, file), change }));
    if (files.length > 0) around.emit({ type: 'files.changed', process, files });
  }

  return async (call) => textAnswer(await apply(call));
}

const TOO_LONG_THERE = 'apply_patch changed nothing: on another machine a patch may have 120 KiB. Split it.';

/** A model without freeform tools gives the patch as an argument. */
function inputOf(written: string): string {
  if (!written.trimStart().startsWith('{')) return written;
  try {
    const value: unknown = JSON.parse(written);
    if (typeof value !== 'object' || value === null) return written;
    const [text] = ['input', 'patch'].flatMap((name) => {
      const given: unknown = Reflect.get(value, name);
      return typeof given === 'string' ? [given] : [];
    });
    return text ?? written;
  } catch {
    // No JSON: then it is what it looks like, and the reader of patches says what is wrong with it.
    return written;
  }
}

/** `said` gets, for each attempt, what the program says of it. */
function runnerFor(environment: ReadyEnvironment, patch: string, applier: Applier, said: string[]): Runner {
  const isHere = environment.name === LOCAL;
  return {
    async start(start, listener) {
      const attempt = said.push('') - 1;
      const heard = hearing(listener, isHere ? ['stderr'] : ['stdout', 'stderr'], (text) => {
        said[attempt] = (said[attempt] ?? '') + text;
      });
      if (!isHere) return environment.start(thereStart(start, patch), heard);
      const input = openInput(Buffer.from(patch, 'utf8'));
      const started = await environment.start(hereStart(start, applier), { ...heard, inputDrained: input.goOn });
      if (started.ok) input.begin(started.value);
      return started;
    },
  };
}

/** Written as it is taken: a process holds no more than 1 MiB that its program has not read. */
function openInput(bytes: Uint8Array) {
  let process: RunningProcess | null = null;
  let at = 0;
  const goOn = (): void => {
    if (process === null) return;
    while (at < bytes.length) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      if (!process.write(piece).ok) return;
      at += piece.length;
    }
    process.endInput();
    process = null;
  };
  return {
    goOn,
    begin(running: RunningProcess): void {
      process = running;
      goOn();
    },
  };
}

const PIECE_BYTES = 256 * 1024;

function hereStart(start: CommandStart, { argv, readable }: Applier): CommandStart {
  const { sandbox } = start;
  const own = readsEverything(sandbox) ? [] : readable().map((file) => ({ kind: 'read' as const, path: file }));
  return {
    ...start,
    argv,
    stdio: { kind: 'pipe', stdin: 'open' },
    sandbox: { ...sandbox, grants: [...sandbox.grants, ...own] },
  };
}

/** Whether the profile says so of the root folder; what it closes below is not where this program is. */
function readsEverything({ profile: { profile } }: SandboxIntent): boolean {
  if (profile.type !== 'managed') return true;
  return profile.entries.some(
    ({ path: place, access }) =>
      place.type === 'special' && place.place === 'root' && place.subpath === undefined && access !== 'deny',
  );
}

function thereStart(start: CommandStart, patch: string): CommandStart {
  return { ...start, argv: ['codex', AS_ARGUMENT, patch] };
}

/** `hears`: the streams on which the program says how it came out. */
function hearing(listener: ProcessListener, hears: readonly string[], hear: (text: string) => void): ProcessListener {
  let left = MOST_SAID;
  const decoder = new TextDecoder();
  return {
    ...listener,
    output(bytes, from, stream) {
      if (hears.includes(stream) && left > 0) {
        const text = stripAnsi(decoder.decode(bytes, { stream: true })).slice(0, left);
        left -= text.length;
        hear(text);
      }
      listener.output(bytes, from, stream);
    },
  };
}
