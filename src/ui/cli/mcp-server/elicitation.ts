// How is a question of a session put to a person who sits in front of another program?

import type { DecisionKind, QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { visible } from '../../tui/terminal/width.ts';
import { accessesWords, grantsWords } from '../../tui/view/words.ts';

/** Everything a person has to know to say yes or no, and the same as data. */
export function questionFor(question: QuestionValue): {
  readonly message: string;
  readonly facts: { readonly [name: string]: unknown };
} {
  const { command, cwd, subject, profile } = question;
  const [asked, ...facts] = sentences(question);
  const lines = [
    asked ?? '',
    '',
    ...command.split('\n').map((line, index) => `${index === 0 ? '$' : ' '} ${visible(line)}`),
    '',
    `Folder: ${visible(cwd)}`,
    ...(question.environment === undefined ? [] : [`Machine: ${visible(question.environment)}`]),
    ...facts,
    `Profile: ${visible(profile)}`,
  ];
  const denial = subject.kind === 'denial' ? subject.denial : null;
  return {
    message: lines.join('\n'),
    facts: {
      command,
      cwd,
      profile,
      kind: subject.kind,
      blocked:
        denial === null ? null : { operation: denial.operation, target: denial.target, certainty: denial.certainty },
      grants: denial?.grants ?? (subject.kind === 'permission' ? subject.grants : []),
      ...(subject.kind === 'escalation' || subject.kind === 'permission'
        ? { justification: subject.justification }
        : {}),
    },
  };
}

/** The question, and below it what it is about. */
function sentences({ subject }: QuestionValue): string[] {
  switch (subject.kind) {
    case 'denial': {
      const { denial } = subject;
      const grant = denial.grants.length === 0 ? 'one run without the sandbox' : grantsWords(denial.grants, '');
      return [
        'The sandbox blocked a command. Run it again with what it needs?',
        `Blocked${denial.certainty === 'likely' ? ' (likely)' : ''}: ${accessesWords(denial, denial.also, '')}`,
        `Would be allowed, this once: ${grant}`,
      ];
    }
    case 'permission':
      return [
        'May this command have more than its profile gives, this once?',
        `Would be allowed: ${grantsWords(subject.grants, '')}`,
        `Reason given: ${visible(subject.justification)}`,
      ];
    case 'start':
      return ['May this command run?'];
    case 'escalation':
      return [
        'May this command run without the sandbox, this once?',
        `Reason given: ${visible(subject.justification)}`,
      ];
    default:
      return assertNever(subject);
  }
}

/** A yes is the smallest thing that is offered. */
export function decisionOf(action: 'accept' | 'decline' | 'cancel' | null, { offers }: QuestionValue): DecisionKind {
  return action === 'accept' ? (offers[0] ?? 'refused') : 'refused';
}
