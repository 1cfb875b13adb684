// Whose processes are these, and who hears of them? A session outlives its connection for a while.

import { randomUUID } from 'node:crypto';
import { fail, ok, type Result } from '../../problem/index.ts';
import { CODES, invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import type { EventOutlet } from './process-run.ts';
import { openProcessTable, type ProcessPlace, type ProcessTable } from './process-table.ts';
import type { Retention } from './retention.ts';

/** Its id is the only thing that is needed to resume it. */
export interface Session {
  readonly id: string;
  readonly processes: ProcessTable;
}

/** One connection's hold on a session. */
export interface Attachment {
  readonly session: Session;
  /** False: another connection has it now. */
  isCurrent(): boolean;
  /** The connection is lost: what runs goes on, until nobody has come for long enough. */
  detach(): void;
}

export interface Sessions {
  open(outlet: EventOutlet): Attachment;
  /** Fails when there is no such session, and when a living connection has it. */
  resume(id: string, outlet: EventOutlet): Result<Attachment, RpcFailure>;
  /** Ends every process of every session. */
  endAll(): void;
}

interface Known {
  readonly session: Session;
  /** Counts attachments; a detachment of an earlier one changes nothing. */
  generation: number;
  /** Null: nobody is attached. */
  outlet: EventOutlet | null;
}

/** `detached`: how long a session is kept that nobody is attached to. */
export function openSessions(place: ProcessPlace, detached: Retention): Sessions {
  const all = new Map<string, Known>();

  const attach = (known: Known, outlet: EventOutlet): Attachment => {
    const generation = ++known.generation;
    const { session } = known;
    known.outlet = outlet;
    session.processes.attach(outlet);
    const isCurrent = (): boolean => known.generation === generation && known.outlet !== null;
    return {
      session,
      isCurrent,
      detach() {
        if (!isCurrent()) return;
        known.outlet = null;
        session.processes.attach(null);
        detached.after(() => {
          if (known.outlet !== null || known.generation !== generation) return;
          all.delete(session.id);
          session.processes.end();
        });
      },
    };
  };

  return {
    open(outlet) {
      const session = { id: randomUUID(), processes: openProcessTable(place) };
      const known: Known = { session, generation: 0, outlet: null };
      all.set(session.id, known);
      return attach(known, outlet);
    },
    resume(id, outlet) {
      const known = all.get(id);
      if (known === undefined) return fail(invalidRequest(`unknown session id ${id}`));
      if (known.outlet === null) return ok(attach(known, outlet));
      // A connection that broke without a word looks alive from here.
      known.outlet.probe();
      return fail(alreadyAttached(id));
    },
    endAll() {
      for (const { session } of all.values()) session.processes.end();
    },
  };
}

function alreadyAttached(id: string): RpcFailure {
  return { code: CODES.attached, message: `session ${id} is already attached to another connection` };
}
