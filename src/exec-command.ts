// `codex exec`, `codex review`: wires a session and one turn of it that nobody watches.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { forkSession, isJson, type Json } from './core/index.ts';
import { reportCrash } from './crash-report.ts';
import {
  type NotOpened,
  type OwnSession,
  prepareSession,
  type SessionStarter,
  type SessionWishes,
} from './own-session.ts';
import { complain, EXIT_CONFIG, EXIT_DEFECT, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { causeOf, fail, ok, type Problem, type Result } from './problem/index.ts';
import { findResumed, type ResumedSession } from './resumed-session.ts';
import {
  type ExecInvocation,
  type ExecTask,
  execLook,
  openAnswerFile,
  readPrompt,
  reviewPrompt,
  runExec,
  type SessionFlags,
} from './ui/cli/index.ts';

const EXIT_USAGE = 2;

/** How long a session may take to end in order when something in the program is broken. */
const CLOSING_MS = 5_000;

/** Larger than any schema that a provider takes. */
const SCHEMA_BYTES = 1024 * 1024;

/** Runs one turn and returns the exit code. */
export async function exec(
  invocation: ExecInvocation,
  place: Place,
  schemaFound: Result<AnswerSchema | null>,
): Promise<number> {
  const prepared = await prepare(invocation, place, schemaFound);
  if (!prepared.ok) return complain(prepared.problem, EXIT_USAGE);
  const { text, answerFile, schema } = prepared.value;
  const work = withFolders(invocation.addedFolders, invocation.flags, place);
  if (!work.ok) return complain(work.problem, EXIT_USAGE);

  const wishes: SessionWishes = {
    audience: 'nobody',
    hasTerminal: false,
    keepsModel: false,
    ...(schema === null ? {} : { outputSchema: schema }),
  };
  const flags = { ...invocation.flags, approval: invocation.flags.approval ?? unsaidApproval(work.value) };
  const starter = await prepareSession(flags, work.value, wishes);
  for (const notice of starter.notices) complain(notice, EXIT_OK);
  if (!starter.hasModel && needsModel(invocation)) return complain(noModel(invocation.task.kind), EXIT_CONFIG);
  // Whoever thought that a key was set should not wonder what a shell makes of their sentence.
  if (!starter.hasModel && place.config.model_provider === null && !invocation.json)
    complain(promptIsCommand(), EXIT_OK);
  const defect = listenForDefects(place);
  const opened = await open(invocation.task, starter, work.value, defect.report);
  if (!opened.ok) return complain(opened.problem.problem, opened.problem.exitCode);
  const { core, reachable } = opened.value;
  const end = await runExec({
    door: core.door,
    ended: core.ended,
    hasRecord: core.recordPath !== null,
    text,
    images: invocation.images.map((file) => path.resolve(work.value.cwd, file)),
    json: invocation.json,
    look: execLook(place.env, place.home, process.stderr.isTTY === true, invocation.color),
    stdout: process.stdout,
    stderr: process.stderr,
    defect: defect.happened.then(() => EXIT_DEFECT),
  });
  await (await reachable.listening)?.close('quit');
  const written = answerFile?.write(end.answer ?? '') ?? ok(undefined);
  if (!written.ok) return complain(written.problem, end.code === EXIT_OK ? EXIT_FAILED : end.code);
  if (answerFile !== null && end.answer === null) complain(noAnswer(invocation.answerFile ?? ''), end.code);
  return end.code;
}

interface Prepared {
  readonly text: string;
  readonly answerFile: { write(answer: string): Result<void> } | null;
  readonly schema: AnswerSchema | null;
}

type AnswerSchema = { readonly [key: string]: Json };

/** Everything that can be wrong about the command line itself, before a session is there. */
async function prepare(
  invocation: ExecInvocation,
  place: Place,
  schema: Result<AnswerSchema | null>,
): Promise<Result<Prepared>> {
  const { prompt, task } = invocation;
  if (!schema.ok) return schema;
  const answerFile = invocation.answerFile === null ? ok(null) : openAnswerFile(path.resolve(invocation.answerFile));
  if (!answerFile.ok) return answerFile;
  if (task.kind === 'review' && !isInRepository(place)) return fail(noRepository(place.cwd));
  // A review needs no words, so nothing is waited for where none were announced.
  const isReview = task.kind === 'review' && prompt.kind === 'unsaid';
  const said = isReview
    ? ok('')
    : await readPrompt(
        prompt,
        { stream: process.stdin, isTerminal: process.stdin.isTTY === true },
        (waiting) => void complain(waiting, EXIT_OK),
      );
  if (!said.ok) return said;
  const text = task.kind === 'review' ? reviewPrompt(task.target, said.value) : said.value;
  return text.trim() === '' ? fail(noPrompt()) : ok({ text, answerFile: answerFile.value, schema: schema.value });
}

/** Read before what was inherited is closed: a shell gives `<(command)` as one of those. */
export function readAnswerSchema({ schemaFile }: ExecInvocation): Result<AnswerSchema | null> {
  if (schemaFile === null) return ok(null);
  const file = path.resolve(schemaFile);
  const refuse = (why: string) => fail({ what: `${file} is no JSON schema.`, why, next: '' });
  try {
    const bytes = readAtMost(file, SCHEMA_BYTES + 1);
    if (bytes.length > SCHEMA_BYTES) return refuse('It is larger than 1 MiB.');
    const schema: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema) && isJson(schema);
    // An object that is JSON, by what was just looked at.
    return isObject ? ok(schema as AnswerSchema) : refuse('A schema is an object.');
  } catch (error) {
    return refuse(causeOf(error));
  }
}

/** Whatever it is: a device has no size, and no end either. */
function readAtMost(file: string, most: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    for (let read = -1; read !== 0 && length < most; length += read)
      read = readSync(descriptor, bytes, length, most - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** What only a model can do is never handed to a shell. */
function needsModel({ task, schemaFile, images, flags }: ExecInvocation): boolean {
  return task.kind === 'review' || schemaFile !== null || images.length > 0 || flags.model !== null;
}

/** Without a screen `never` is meant where the configuration says nothing stricter. */
function unsaidApproval({ config }: Place): string | null {
  return config.approval_policy === 'on-request' ? 'never' : null;
}

/** The place with further folders to write in, where the sandbox mode takes such. */
function withFolders(folders: readonly string[], flags: SessionFlags, place: Place): Result<Place> {
  if (folders.length === 0) return ok(place);
  const { config } = place;
  const mode =
    flags.sandbox ?? (config.default_permissions === null ? (config.sandbox_mode ?? 'workspace-write') : null);
  if (mode !== 'workspace-write')
    return fail({
      what: '--add-dir has no effect here.',
      why: mode === null ? 'The configuration names a profile in default_permissions.' : `The sandbox mode is ${mode}.`,
      next: 'Add --sandbox workspace-write.',
    });
  const added = folders.map((folder) => path.resolve(place.cwd, folder));
  const missing = added.find((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true);
  if (missing !== undefined) return fail({ what: `${missing} is not a folder.`, why: '', next: '' });
  const table = config.sandbox_workspace_write;
  const widened = { ...table, writable_roots: [...table.writable_roots, ...added] };
  return ok({ ...place, config: { ...config, sandbox_workspace_write: widened } });
}

async function open(
  task: ExecTask,
  starter: SessionStarter,
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Result<OwnSession, NotOpened>> {
  const earlier = await earlierSession(task, place);
  if (!earlier.ok) return fail({ exitCode: EXIT_FAILED, problem: earlier.problem });
  return starter.open(earlier.value, onDefect);
}

async function earlierSession(task: ExecTask, place: Place): Promise<Result<ResumedSession | null>> {
  if (task.kind === 'new' || task.kind === 'review') return ok(null);
  const found = await findResumed(task.from, place);
  return !found.ok || task.kind === 'resume' ? found : forkSession(place.codexHome, found.value, Date.now());
}

function isInRepository({ cwd, env }: Place): boolean {
  if (env.GIT_DIR) return true;
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if (statSync(path.join(folder, '.git'), { throwIfNoEntry: false }) !== undefined) return true;
    if (folder === path.dirname(folder)) return false;
  }
}

/** From now on what goes wrong inside the program ends the session in order. */
function listenForDefects(place: Place): {
  readonly report: (error: unknown) => void;
  readonly happened: Promise<void>;
} {
  let report: (error: unknown) => void = () => {};
  const happened = new Promise<void>((resolve) => {
    report = (error) => {
      const file = reportCrash(place, error);
      complain(defectProblem(error, file), EXIT_DEFECT);
      resolve();
      setTimeout(() => process.exit(EXIT_DEFECT), CLOSING_MS).unref();
    };
  });
  process.on('uncaughtException', report).on('unhandledRejection', report);
  return { report, happened };
}

function defectProblem(error: unknown, file: string | null): Problem {
  return {
    what: `codex stopped because of a defect in it: ${causeOf(error)}`,
    why: file === null ? '' : `More is in ${file}.`,
    next: '',
  };
}

function noPrompt(): Problem {
  return { what: 'There is no prompt.', why: '', next: 'codex exec "what to do", or echo "what to do" | codex exec' };
}

function noModel(task: ExecTask['kind']): Problem {
  return {
    what: 'No model is set up.',
    why: task === 'review' ? 'A review is made by a model.' : 'What was asked for only a model can do.',
    next: 'Set OPENAI_API_KEY, or a model_provider in ~/.codex/config.toml (docs/config.md).',
  };
}

function promptIsCommand(): Problem {
  return {
    what: 'No model is set up, so the prompt runs as a command.',
    why: '',
    next: 'model_provider = "shell" in ~/.codex/config.toml means it so, and this line is not printed.',
  };
}

function noAnswer(file: string): Problem {
  return { what: `There was no answer: ${file} is empty.`, why: '', next: '' };
}

function noRepository(folder: string): Problem {
  return { what: `${folder} is in no git repository.`, why: 'A review looks at changes that git knows.', next: '' };
}
