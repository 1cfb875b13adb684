// A command that a person gave instead of a prompt: what it prints, byte for byte, and the exit code that stands for it.

import type { BusEvent, Door, EventOf } from '../../core/bus/index.ts';
import type { Sink } from './sink.ts';

/** As `codex sandbox` has them. */
const DENIED = 77;
const CANNOT_START = 125;

export interface PersonsCommand {
  take(event: BusEvent): Promise<void>;
  /** Null: the turn was for a model. */
  readonly code: () => number | null;
}

/** `sinks` null: what it prints goes nowhere. */
export function openPersonsCommand(
  door: Door,
  sinks: { readonly stdout: Sink; readonly stderr: Sink } | null,
): PersonsCommand {
  let hasModel = true;
  let isPersons = false;
  let process = 0;
  let closed: EventOf<'process.closed'> | null = null;
  let printed = 0;

  /** A flood is told with gaps; what was left out can be read. */
  async function print({ attempt, from, bytes, stream }: EventOf<'process.output'>): Promise<void> {
    if (sinks === null) return;
    const sink = stream === 'stderr' ? sinks.stderr : sinks.stdout;
    while (printed < from && !sink.isGone) {
      const left = await door.query({ type: 'output', process, attempt, from: printed, to: from });
      if (left.bytes.length === 0) break;
      printed = left.from + left.bytes.length;
      await sink.write(left.bytes);
    }
    printed = from + bytes.length;
    await sink.write(bytes);
  }

  return {
    code() {
      if (hasModel && !isPersons) return null;
      if (closed === null) return CANNOT_START;
      const isDenied = closed.exit.code !== 0 && closed.denial?.certainty === 'certain';
      return isDenied ? DENIED : closed.exit.code;
    },
    async take(event) {
      switch (event.type) {
        case 'session.opened':
          hasModel = event.model !== null;
          return;
        case 'process.started':
          if (event.origin !== 'person') return;
          isPersons = true;
          process = event.process;
          return;
        case 'process.output':
          if (isPersons && event.process === process) await print(event);
          return;
        case 'process.closed':
          if (isPersons && event.process === process) closed = event;
          return;
      }
    },
  };
}
