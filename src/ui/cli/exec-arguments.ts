// What is meant by what was typed after `codex exec` and `codex review`.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { NamedResume, SessionFlags } from './arguments.ts';
import type { ReviewTarget } from './review-prompt.ts';
import { SUBCOMMANDS } from './subcommands.ts';
import { type Typed, usage, wrongChoice } from './typed.ts';

/** Which session the turn is of, and what it is about. */
export type ExecTask =
  | { readonly kind: 'new' }
  | { readonly kind: 'resume' | 'fork'; readonly from: NamedResume }
  | { readonly kind: 'review'; readonly target: ReviewTarget };

/** `stdin`: it was said that it comes from there. `unsaid`: it does where stdin is no terminal. */
export type ExecPrompt =
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'stdin' }
  | { readonly kind: 'unsaid' };

export interface ExecInvocation {
  readonly kind: 'exec';
  readonly task: ExecTask;
  readonly prompt: ExecPrompt;
  /** Files, as they were typed. */
  readonly images: readonly string[];
  /** Further folders that may be written, as they were typed. */
  readonly addedFolders: readonly string[];
  readonly flags: SessionFlags;
  /** Events as lines of JSON instead of the answer. */
  readonly json: boolean;
  readonly color: 'auto' | 'always' | 'never';
  /** Files, as they were typed. */
  readonly answerFile: string | null;
  readonly schemaFile: string | null;
}

interface Said {
  readonly typed: Typed;
  /** Operands, those behind `--` too. */
  readonly words: readonly string[];
  readonly session: SessionFlags;
}

/** `inner`: the subcommand of `codex exec` that was named. */
export function understandExec(inner: string | null, said: Said): Result<ExecInvocation> {
  switch (inner) {
    case 'review':
      return understandReview(said);
    case 'resume':
    case 'fork': {
      const { flags } = said.typed;
      const everyFolder = flags.has('all');
      if (flags.has('last')) return invocation(said, { kind: inner, from: { kind: 'last', everyFolder } }, said.words);
      const [id, ...words] = said.words;
      if (id === undefined) return fail(usage(`codex exec ${inner} needs the ID of a session, or --last.`));
      return invocation(said, { kind: inner, from: { kind: 'named', id } }, words);
    }
    default:
      return invocation(said, { kind: 'new' }, said.words);
  }
}

export function understandReview(said: Said): Result<ExecInvocation> {
  const target = targetOf(said.typed);
  if (!target.ok) return target;
  const { session } = said;
  return invocation(
    { ...said, session: { ...session, sandbox: session.sandbox ?? 'read-only' } },
    { kind: 'review', target: target.value },
    said.words,
  );
}

function targetOf({ flags }: Typed): Result<ReviewTarget> {
  const base = flags.get('base');
  const commit = flags.get('commit');
  const title = flags.get('title') ?? '';
  const named = ['uncommitted', 'base', 'commit'].filter((name) => flags.has(name));
  if (named.length > 1) return fail(usage(`--${named.join(' and --')} name different changes: take one.`));
  if (base !== undefined) return ok({ kind: 'base', branch: base });
  if (commit !== undefined) return ok({ kind: 'commit', commit, title });
  return ok({ kind: 'uncommitted' });
}

/** Everything there is no question about: both names of it. */
const BYPASS = ['dangerously-bypass-approvals-and-sandbox', 'yolo'];

function invocation(said: Said, task: ExecTask, words: readonly string[]): Result<ExecInvocation> {
  const { flags, lists } = said.typed;
  const wrong = wrongChoice(said.typed, SUBCOMMANDS.find(({ name }) => name === 'exec')?.options ?? []);
  if (wrong !== null) return fail(wrong);
  const rights = rightsOf(said);
  if (!rights.ok) return rights;
  return ok({
    kind: 'exec',
    task,
    prompt: promptOf(words),
    images: lists.get('image') ?? [],
    addedFolders: lists.get('add-dir') ?? [],
    flags: { ...said.session, ...rights.value },
    json: flags.has('json') || flags.has('experimental-json'),
    color: colorOf(flags.get('color')),
    answerFile: flags.get('output-last-message') ?? null,
    schemaFile: flags.get('output-schema') ?? null,
  });
}

function promptOf(words: readonly string[]): ExecPrompt {
  if (words.length === 0) return { kind: 'unsaid' };
  if (words.length === 1 && words[0] === '-') return { kind: 'stdin' };
  return { kind: 'typed', text: words.join(' ') };
}

function colorOf(when: string | undefined): ExecInvocation['color'] {
  return when === 'always' || when === 'never' ? when : 'auto';
}

/** What is written out for two options of the session. */
function rightsOf({ typed: { flags, lists }, session }: Said): Result<Pick<SessionFlags, 'sandbox' | 'approval'>> {
  const bypass = BYPASS.find((name) => flags.has(name));
  const others = ['sandbox', 'ask-for-approval', 'full-auto', 'add-dir'].filter(
    (name) => flags.has(name) || lists.has(name),
  );
  if (bypass !== undefined && others.length > 0) return fail(contradiction(bypass, others[0] ?? ''));
  if (bypass !== undefined) return ok({ sandbox: 'danger-full-access', approval: 'never' });
  if (!flags.has('full-auto')) return ok({ sandbox: session.sandbox, approval: session.approval });
  if (session.sandbox !== null && session.sandbox !== 'workspace-write')
    return fail(contradiction('full-auto', `sandbox ${session.sandbox}`));
  return ok({ sandbox: 'workspace-write', approval: session.approval });
}

function contradiction(one: string, other: string): Problem {
  return usage(`--${one} and --${other} contradict each other.`);
}
