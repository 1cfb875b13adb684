// What may start without asking, what must be asked, what is not even asked: decided purely.

import path from 'node:path';
import type { Denial, Grant } from '../../sandbox/index.ts';
import type { DecisionKind, Origin, QuestionSubject } from '../bus/contract.ts';

/**
 * When people are asked. `untrusted`: before every command of a model. `on-request`: when something was blocked or a
 * model asks for more. `never`: not at all; what is blocked stays blocked.
 */
export type ApprovalPolicy = 'untrusted' | 'on-request' | 'never';

export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'ask'; readonly subject: QuestionSubject; readonly offers: readonly DecisionKind[] }
  | { readonly kind: 'refuse'; readonly why: string };

export interface StartFacts {
  readonly origin: Origin;
  /** The model's reason when it asks to run without the sandbox; null when it does not ask. */
  readonly escalation: string | null;
  /** This exact command was allowed for the session before. */
  readonly isAllowedAlready: boolean;
}

/** Judges a command before its first attempt. A person's own command is never asked about. */
export function judgeStart(policy: ApprovalPolicy, facts: StartFacts): Verdict {
  if (facts.escalation !== null) {
    return policy === 'never'
      ? { kind: 'refuse', why: 'approval policy never: nobody may be asked to run it without the sandbox' }
      : {
          kind: 'ask',
          subject: { kind: 'escalation', justification: facts.escalation },
          offers: ['unsandboxed', 'refused'],
        };
  }
  if (facts.origin === 'person' || policy !== 'untrusted' || facts.isAllowedAlready) return { kind: 'allow' };
  return { kind: 'ask', subject: { kind: 'start' }, offers: ['once', 'session', 'refused'] };
}

/** The person's own folders, for telling which grants give away more than they say. */
export interface Homes {
  readonly home: string;
  readonly codexHome: string;
}

/** What may be offered after a denial, the smallest first. Null: nobody is asked. */
export function offersAfterDenial(
  policy: ApprovalPolicy,
  denial: Denial,
  homes: Homes,
): readonly DecisionKind[] | null {
  if (policy === 'never') return null;
  if (denial.grants.length === 0) return ['unsandboxed', 'refused'];
  const isForLong = !denial.grants.some((grant) => equalsFullAccess(grant, homes));
  return isForLong ? ['once', 'session', 'unsandboxed', 'refused'] : ['once', 'unsandboxed', 'refused'];
}

/** Files that are read as instructions the next time a shell, ssh or codex itself starts. */
const START_UP_FILES = [
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.profile',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.ssh',
];

/** Whoever speaks to a container engine is root on this machine, or the person. */
const ENGINE_SOCKETS = /\/(docker|podman|containerd|crio)\.sock$/;

/** A grant that is full access in effect is given for one attempt at most. */
function equalsFullAccess(grant: Grant, { home, codexHome }: Homes): boolean {
  if (grant.kind === 'unix_socket') return ENGINE_SOCKETS.test(grant.path);
  if (grant.kind !== 'write') return grant.kind === 'unsandboxed';
  const guarded = [codexHome, ...START_UP_FILES.map((name) => path.join(home, name))];
  return guarded.some((file) => contains(file, grant.path) || contains(grant.path, file));
}

function contains(folder: string, inside: string): boolean {
  return inside === folder || inside.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
