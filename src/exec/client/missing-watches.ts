// Who wants to hear when a file that was not there appears?

import { ok, type Result } from '../../problem/index.ts';
import { NOTIFICATIONS } from '../protocol/messages.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import { decode } from '../protocol/readers.ts';
import type { Connection } from './connection.ts';
import type { CallProblem } from './problem.ts';

export interface MissingWatches {
  /**
   * `changed` is called once, when one of `missing` is no longer missing, or when nobody watches any more because the
   * connection went. False: it is so already, and `changed` is not called.
   */
  watch(
    missing: readonly PathUri[],
    present: PathUri | null,
    changed: () => void,
  ): Promise<Result<boolean, CallProblem>>;
  notified(method: string, params: unknown): string | null | undefined;
  interrupted(): void;
}

export function openMissingWatches(connection: () => Connection): MissingWatches {
  const watches = new Map<number, () => void>();
  let lastId = 0;

  return {
    async watch(missing, present, changed) {
      const watchId = ++lastId;
      watches.set(watchId, changed);
      const answer = await connection().call('fs/watchMissing', { watchId, missing, present });
      if (answer.ok && answer.value.watching) return ok(true);
      watches.delete(watchId);
      return answer.ok ? ok(false) : answer;
    },
    notified(method, params) {
      if (method !== 'fs/missingChanged') return undefined;
      const read = decode(NOTIFICATIONS[method], params);
      if (!read.ok) return read.problem.message;
      const changed = watches.get(read.value.watchId);
      watches.delete(read.value.watchId);
      changed?.();
      return null;
    },
    interrupted() {
      const all = [...watches.values()];
      watches.clear();
      for (const changed of all) changed();
    },
  };
}
