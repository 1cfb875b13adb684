// What may start without asking, what must be asked, what is not even asked: decided purely.

import { assertNever } from '../../problem/index.ts';
import type { Denial, Grant } from '../../sandbox/index.ts';
import type { DecisionKind, Origin, QuestionSubject, QuestionValue } from '../bus/contract.ts';
import { equalsFullAccess, type Homes } from './full-access.ts';

/**
 * When people are asked. `untrusted`: before every command of a model that is not known to only look. `on-request`:
 * when something was blocked or a model asks for more. `never`: not at all; what is blocked stays blocked. Or kind by
 * kind: what may not be asked is refused.
 */
export type ApprovalPolicy = 'untrusted' | 'on-request' | 'never' | { readonly granular: GranularPolicy };

/** codex-cli's names. Each says whether people are asked about that kind. */
export interface GranularPolicy {
  /** Something was blocked, or a model asks to run without the sandbox. */
  readonly sandbox_approval: boolean;
  /** A rule says that this command is to be asked about. */
  readonly rules: boolean;
  readonly mcp_elicitations: boolean;
  readonly skill_approval: boolean;
  readonly request_permissions: boolean;
}

export type Verdict =
  | { readonly kind: 'allow' }
  | {
      readonly kind: 'ask';
      readonly subject: QuestionSubject;
      readonly offers: readonly DecisionKind[];
      readonly always: QuestionValue['always'];
    }
  | { readonly kind: 'refuse'; readonly why: string };

/** What the rule files say of a command, all of its parts together. */
export interface RuleVerdict {
  readonly decision: 'allow' | 'prompt' | 'forbidden' | 'none';
  /** Of a rule that forbids or asks: where it stands, and its own reason. */
  readonly why: string;
}

/** What a model asks for before its command starts, with its reason. */
export type Wish =
  | { readonly kind: 'escalation'; readonly justification: string }
  | {
      readonly kind: 'permission';
      readonly justification: string;
      readonly grants: readonly Grant[];
      /** All of it was given before. */
      readonly isGranted: boolean;
      /** It gives away everything: for one run at most. */
      readonly equalsFullAccess: boolean;
      readonly always: QuestionValue['always'];
    };

export interface StartFacts {
  readonly origin: Origin;
  /** What it asks for beyond the profile; null: nothing. */
  readonly wish: Wish | null;
  /** This exact command was allowed for the session before. */
  readonly isAllowedAlready: boolean;
  readonly rule: RuleVerdict;
  /** It can only look, whatever it is pointed at. */
  readonly isKnownSafe: boolean;
  /** The rule that would allow commands like this from now on; null when none may be offered. */
  readonly always: QuestionValue['always'];
}

/**
 * Judges a command before its first attempt. A person's own command is never asked about, and rules are not for it:
 * whoever types it has said so.
 */
export function judgeStart(policy: ApprovalPolicy, facts: StartFacts): Verdict {
  if (facts.origin === 'person') return { kind: 'allow' };
  const { decision, why } = facts.rule;
  if (decision === 'forbidden') return { kind: 'refuse', why: `forbidden by ${why}` };
  if (facts.wish !== null && !(facts.wish.kind === 'permission' && facts.wish.isGranted))
    return judgeWish(policy, facts.wish);
  if (facts.isAllowedAlready) return { kind: 'allow' };
  if (decision === 'prompt') {
    return asksAboutRules(policy)
      ? startQuestion(null)
      : { kind: 'refuse', why: `approval policy ${nameOf(policy)}: ${why} asks, and nobody may be asked` };
  }
  if (policy !== 'untrusted' || decision === 'allow' || facts.isKnownSafe) return { kind: 'allow' };
  return startQuestion(facts.always);
}

/**
 * Judges a call of a tool that an MCP server offers. `ask`: by its settings, or by what the server says of it, it may
 * change something. It acts outside the sandbox, so where nobody may be asked it is not called: but where there is no
 * sandbox either (`isConfined`), it may as much as every command.
 */
export function judgeServerTool(policy: ApprovalPolicy, approval: 'run' | 'ask', isConfined: boolean): Verdict {
  if (approval === 'run' || (policy === 'never' && !isConfined)) return { kind: 'allow' };
  const mayAsk = typeof policy === 'string' ? policy !== 'never' : policy.granular.mcp_elicitations;
  return mayAsk
    ? startQuestion(null)
    : {
        kind: 'refuse',
        why: `approval policy ${nameOf(policy)}: nobody may be asked about this tool; approval_mode = "approve" in mcp_servers lets it run`,
      };
}

function judgeWish(policy: ApprovalPolicy, wish: Wish): Verdict {
  const { justification } = wish;
  switch (wish.kind) {
    case 'escalation':
      return asksAboutSandbox(policy)
        ? {
            kind: 'ask',
            subject: { kind: 'escalation', justification },
            offers: ['unsandboxed', 'refused'],
            always: null,
          }
        : {
            kind: 'refuse',
            why: `approval policy ${nameOf(policy)}: nobody may be asked to run it without the sandbox`,
          };
    case 'permission': {
      if (!asksAboutPermissions(policy))
        return { kind: 'refuse', why: `approval policy ${nameOf(policy)}: nobody may be asked for more permissions` };
      const isForLong = !wish.equalsFullAccess;
      return {
        kind: 'ask',
        subject: { kind: 'permission', justification, grants: [...wish.grants] },
        offers: [
          'once',
          ...(isForLong ? (['session'] as const) : []),
          ...(isForLong && wish.always !== null ? (['always'] as const) : []),
          'refused',
        ],
        always: isForLong ? wish.always : null,
      };
    }
    default:
      return assertNever(wish);
  }
}

function startQuestion(always: QuestionValue['always']): Verdict {
  const offers: DecisionKind[] = ['once', 'session', ...(always === null ? [] : (['always'] as const)), 'refused'];
  return { kind: 'ask', subject: { kind: 'start' }, offers, always };
}

function asksAboutSandbox(policy: ApprovalPolicy): boolean {
  return typeof policy === 'string' ? policy !== 'never' : policy.granular.sandbox_approval;
}

function asksAboutPermissions(policy: ApprovalPolicy): boolean {
  return typeof policy === 'string' ? policy !== 'never' : policy.granular.request_permissions;
}

function asksAboutRules(policy: ApprovalPolicy): boolean {
  return typeof policy === 'string' ? policy !== 'never' : policy.granular.rules;
}

/** As it is written in the configuration. */
function nameOf(policy: ApprovalPolicy): string {
  return typeof policy === 'string' ? policy : 'granular';
}

/** Whether a person may be asked about a command of a model at all. */
export function canAsk(policy: ApprovalPolicy): boolean {
  return asksAboutSandbox(policy);
}

/** What may be offered after a denial, the smallest first. Null: nobody is asked. */
export function offersAfterDenial(
  policy: ApprovalPolicy,
  denial: Denial,
  homes: Homes,
  further: { readonly hasPreset: boolean; readonly canWrite: boolean },
): readonly DecisionKind[] | null {
  if (!asksAboutSandbox(policy)) return null;
  if (denial.grants.length === 0) return ['unsandboxed', 'refused'];
  const isForLong = !denial.grants.some((grant) => equalsFullAccess(grant, homes));
  return [
    'once',
    ...(isForLong ? (['session'] as const) : []),
    ...(further.hasPreset ? (['preset'] as const) : []),
    ...(isForLong && further.canWrite ? (['always'] as const) : []),
    'unsandboxed',
    'refused',
  ];
}
