// What happened that a person wants to hear of who looks elsewhere? Pure.

import type { EventBody, ProcessItem, Transcript } from '../../../core/bus/index.ts';
import { placedCommand } from '../view/title.ts';

/** What ended sooner was waited for. */
const LONG_MS = 10_000;
/** A command takes at most so much of the sentence. */
const COMMAND_CHARACTERS = 40;

/** One short sentence without any output in it; null for what is no occasion. `transcript`: with the event in it. */
export function occasionOf(event: EventBody, transcript: Transcript): string | null {
  switch (event.type) {
    case 'question.opened':
      return `codex: ${named(event.command)} needs your answer`;
    case 'process.waiting': {
      const item = transcript.processes.get(event.process);
      return event.wait === null || item === undefined ? null : `codex: ${nameOf(item)} waits for input`;
    }
    case 'process.closed': {
      const item = transcript.processes.get(event.process);
      if (item === undefined || item.origin !== 'person' || event.durationMs < LONG_MS) return null;
      return `codex: ${nameOf(item)} ${event.outcome === 'ok' ? 'is done' : `ended: ${event.outcome}`}`;
    }
    case 'turn.ended':
      // Without a model a turn is a command, which says so itself.
      if (transcript.session?.model == null || event.durationMs < LONG_MS) return null;
      return event.outcome === 'completed' ? 'codex: done' : `codex: the turn ${TURN_WORDS[event.outcome]}`;
    default:
      return null;
  }
}

const TURN_WORDS = { interrupted: 'was stopped', failed: 'failed', lost: 'was lost' } as const;

function nameOf(item: ProcessItem): string {
  return named(placedCommand(item));
}

function named(command: string): string {
  const [first = ''] = command.split('\n', 1);
  const characters = [...first];
  return characters.length <= COMMAND_CHARACTERS ? first : `${characters.slice(0, COMMAND_CHARACTERS - 1).join('')}…`;
}
