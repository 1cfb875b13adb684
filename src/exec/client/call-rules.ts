// What may be done again, how long may it take, and what must the server be able to do?

import type { Capabilities, Method } from '../protocol/messages.ts';
import type { ClientTimes } from './times.ts';

interface CallRule {
  /**
   * How often it is asked again when the connection went before the answer came. Only what changes nothing, and a write,
   * which carries an id that the server knows it by; never a start, an end, a signal or a change of a file. And not for
   * ever: a call whose answer is what breaks the connection would break each one.
   */
  readonly repeats: number;
  /** `long`: as long as the work takes, while the server gives signs of life. */
  readonly takes: 'short' | 'status' | 'initialize' | 'long';
  readonly needs: keyof Capabilities | null;
}

const look: CallRule = { repeats: 5, takes: 'short', needs: null };
const longLook: CallRule = { repeats: 1, takes: 'long', needs: null };
const change: CallRule = { repeats: 0, takes: 'short', needs: null };
const longChange: CallRule = { repeats: 0, takes: 'long', needs: null };

const RULES: Readonly<Record<Method, CallRule>> = {
  initialize: { ...change, takes: 'initialize' },
  'environment/info': look,
  'environment/status': { ...look, takes: 'status' },
  'environmentConfig/read': { ...look, needs: 'environmentConfigRead' },
  'capabilityRoots/discoverV1': longLook,
  'process/start': change,
  'process/read': look,
  'process/write': look,
  'process/signal': change,
  'process/terminate': change,
  'process/resize': { ...change, needs: 'terminalResize' },
  'fs/readFile': longLook,
  'fs/writeFile': longChange,
  'fs/open': change,
  // A handle ends with its connection.
  'fs/readBlock': change,
  'fs/writeBlock': { ...change, needs: 'fileWriteStreaming' },
  'fs/close': change,
  'fs/createDirectory': change,
  'fs/getMetadata': look,
  'fs/canonicalize': look,
  'fs/readDirectory': look,
  'fs/walk': longLook,
  'fs/remove': longChange,
  'fs/copy': longChange,
  // A watch ends with its connection, and its id is good for one use.
  'fs/watchMissing': { ...change, needs: 'fsWatchMissing' },
  'http/request': longChange,
};

export const repeatsOf = (method: Method): number => RULES[method].repeats;

export const neededCapability = (method: Method): keyof Capabilities | null => RULES[method].needs;

/** Null: no end of its own. A read that waits has that time on top. */
export function deadlineOf(method: Method, params: object | null, times: ClientTimes): number | null {
  switch (RULES[method].takes) {
    case 'long':
      return null;
    case 'status':
      return times.statusMs;
    case 'initialize':
      return times.initializeMs;
    case 'short':
      return times.callMs + waitOf(params);
  }
}

function waitOf(params: object | null): number {
  const wait: unknown = params === null ? 0 : Reflect.get(params, 'waitMs');
  return typeof wait === 'number' ? wait : 0;
}
