// How does a command that codex-cli recorded become the events of a process?

import { fileURLToPath } from 'node:url';
import type { EventBody, EventOf } from '../bus/contract.ts';
import { type Decoding, follow } from './decode-state.ts';
import { countIn, isObject, type JsonObject, listIn, numberIn, objectIn, parseJson, textIn } from './record.ts';

/** Names codex-cli has given to the tool that runs a command, over its versions. */
const COMMAND_TOOLS = new Set(['exec_command', 'shell', 'shell_command', 'local_shell', 'container.exec']);

interface FinishedCommand {
  readonly call: string;
  readonly turn: string;
  readonly command: string;
  readonly argv: string[];
  readonly cwd: string;
  readonly output: string;
  readonly outcome: EventOf<'process.finished'>['outcome'];
  readonly exitCode: number;
  readonly durationMs: number;
}

/** A `CommandExecution` item: all of a command in one record. */
export function addCommandItem(decoding: Decoding, item: JsonObject, turn: string): void {
  const argv = wordsIn(item, 'command');
  const exitCode = numberIn(item, 'exit_code') ?? (item.status === 'completed' ? 0 : -1);
  const duration = objectIn(item, 'duration') ?? {};
  const seconds = (numberIn(duration, 'secs') ?? 0) + (numberIn(duration, 'nanos') ?? 0) / 1e9;
  addFinished(decoding, {
    call: textIn(item, 'id') ?? '',
    turn,
    command: commandOf(argv),
    argv,
    cwd: pathOf(textIn(item, 'cwd') ?? decoding.cwd ?? ''),
    output: textIn(item, 'aggregated_output') ?? '',
    outcome: outcomeOf(textIn(item, 'status'), exitCode),
    exitCode,
    durationMs: Math.max(0, Math.round(seconds * 1000)),
  });
}

/** A call and its answer, which is all that legacy files have. Nothing for other tools. */
export function addCommandAnswer(decoding: Decoding, call: EventOf<'call.started'>, answer: string): void {
  if (!COMMAND_TOOLS.has(call.name)) return;
  const given = parseJson(call.arguments);
  const fields = isObject(given) ? given : {};
  const argv = wordsIn(fields, 'command');
  const command = textIn(fields, 'cmd') ?? textIn(fields, 'command') ?? commandOf(argv);
  const { output, exitCode } = partsOfAnswer(answer);
  addFinished(decoding, {
    call: call.call,
    turn: call.turn,
    command,
    argv: argv.length > 0 ? argv : [command],
    cwd: textIn(fields, 'workdir') ?? decoding.cwd ?? '',
    output,
    outcome: exitCode === null ? 'lost' : outcomeOf(null, exitCode),
    exitCode: exitCode ?? -1,
    durationMs: 0,
  });
}

function addFinished(decoding: Decoding, command: FinishedCommand): void {
  if (command.call === '' || decoding.items.has(command.call)) return;
  decoding.items.add(command.call);
  const process = decoding.highestProcess + 1;
  const bytes = new Uint8Array(Buffer.from(command.output, 'utf8'));
  const { call, turn, argv, cwd, outcome, durationMs } = command;
  const newlines = command.output.split('\n').length - 1;
  const events: EventBody[] = [
    {
      type: 'process.started',
      process,
      call,
      turn,
      attempt: 1,
      command: command.command,
      argv,
      cwd,
      origin: 'model',
      stdio: { kind: 'pipe', stdin: 'closed' },
      profile: decoding.facts.profile,
      grants: [],
    },
    { type: 'process.output', process, attempt: 1, from: 0, stream: 'stdout', bytes },
    {
      type: 'process.closed',
      process,
      attempt: 1,
      exit: { kind: 'code', code: command.exitCode },
      outcome,
      bytes: bytes.length,
      lines: newlines + (command.output === '' || command.output.endsWith('\n') ? 0 : 1),
      durationMs,
      denial: null,
    },
    { type: 'process.finished', process, call, outcome, problem: null },
  ];
  for (const event of events) follow(decoding, event);
}

function outcomeOf(status: string | null, exitCode: number): FinishedCommand['outcome'] {
  if (status === 'declined') return 'refused';
  if (status === 'inProgress') return 'lost';
  return exitCode === 0 && status !== 'failed' ? 'ok' : 'failed';
}

/** What a person would have written: the script of `bash -lc script`, or the words themselves. */
function commandOf(argv: readonly string[]): string {
  const [program = '', option = '', script] = argv;
  return /(^|\/)(ba|z|da|k)?sh$/.test(program) && /^-\w*c$/.test(option) && script !== undefined
    ? script
    : argv.join(' ');
}

function wordsIn(fields: JsonObject, key: string): string[] {
  return listIn(fields, key).filter((word) => typeof word === 'string');
}

function pathOf(cwd: string): string {
  if (!cwd.startsWith('file:')) return cwd;
  try {
    return fileURLToPath(cwd);
  } catch {
    // A URL that is no path of this system (a Windows or remote one): shown as it stands.
    return cwd;
  }
}

/** Older answers are JSON with metadata; later ones are text whose first lines tell the exit code. */
function partsOfAnswer(answer: string): { output: string; exitCode: number | null } {
  const parsed = answer.startsWith('{') ? parseJson(answer) : undefined;
  if (isObject(parsed) && typeof parsed.output === 'string') {
    const metadata = objectIn(parsed, 'metadata');
    const exitCode = metadata === null ? null : countIn(metadata, 'exit_code');
    return { output: parsed.output, exitCode };
  }
  const start = answer.search(/^Output:$/m);
  const head = start < 0 ? answer : answer.slice(0, start);
  const code = /^(?:Process exited with code|Exit code:) (-?\d+)$/m.exec(head)?.[1];
  return {
    output: start < 0 ? answer : answer.slice(start + 'Output:\n'.length),
    exitCode: code === undefined ? null : Number(code),
  };
}
