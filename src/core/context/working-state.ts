// What a summary must not lose, gathered from the session itself rather than from what a model remembers of it.

import { assertNever } from '../../problem/index.ts';
import type { EventBody, GrantValue } from '../bus/contract.ts';

export interface WorkingState {
  take(event: EventBody): void;
  /** As a model is told it, a line for each fact; `''` when there is none. */
  text(running: readonly RunningProcess[]): string;
}

/** A process that the model can still ask about. */
export interface RunningProcess {
  readonly sessionId: number;
  readonly command: string;
}

/** Of each kind the newest count. */
const MOST_FACTS = 40;
const LONGEST_LINE = 300;

export function openWorkingState(): WorkingState {
  const files = new Map<string, string>();
  const decisions: string[] = [];
  const questions = new Map<string, string>();
  let plan: readonly string[] = [];

  function decide(text: string): void {
    decisions.push(text);
    if (decisions.length > MOST_FACTS) decisions.shift();
  }

  return {
    take(event) {
      switch (event.type) {
        case 'plan.updated':
          plan = event.steps.map(({ step, status }) => `[${status}] ${step}`);
          return;
        case 'files.changed':
          for (const { path, change } of event.files) {
            files.delete(path);
            files.set(path, change);
          }
          return;
        case 'question.opened':
          questions.set(event.question, event.command);
          return;
        case 'question.decided': {
          const command = questions.get(event.question) ?? '';
          questions.delete(event.question);
          const said = event.reason === '' ? '' : `, saying "${event.reason}"`;
          if (event.decision === 'refused') decide(`refused: ${command}${said}`);
          else decide(`allowed (${event.decision}): ${[command, ...event.grants.map(grantText)].join(', ')}`);
          return;
        }
        case 'question.withdrawn':
          questions.delete(event.question);
          return;
        default:
          return;
      }
    },
    text(running) {
      const sections: readonly (readonly [string, readonly string[]])[] = [
        ['Files changed so far', [...files].slice(-MOST_FACTS).map(([path, change]) => `${change} ${path}`)],
        ['Running commands', running.map(({ sessionId, command }) => `session ${sessionId}: ${command}`)],
        ['What the person decided', decisions],
        ['The plan', plan],
      ];
      return sections
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) => [`${title}:`, ...lines.map((line) => `- ${oneLine(line)}`)].join('\n'))
        .join('\n');
    },
  };
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

function grantText(grant: GrantValue): string {
  switch (grant.kind) {
    case 'write':
    case 'read':
    case 'unix_socket':
      return `${grant.kind} ${grant.path}`;
    case 'host':
      return `host ${grant.host}`;
    case 'local_port':
      return `local port ${grant.port}`;
    case 'network':
    case 'unsandboxed':
      return grant.kind;
    default:
      return assertNever(grant);
  }
}
