// What is told where nobody collects? Only which calls belong together, so that a server that is followed can say it.

import { randomBytes } from 'node:crypto';
import type { ClientTelemetry, IncomingCall, ServerTelemetry } from './telemetry.ts';

/** W3C trace context, version 00: the trace, whoever called, and flags. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = '01';

/**
 * `inherited` is the TRACEPARENT that whoever started this program gave it; an invalid one is passed over, and a trace
 * of its own begun.
 */
export function bareTrace(inherited: string | undefined): ClientTelemetry {
  const [, given = '', caller = '', flags = SAMPLED] = TRACEPARENT.exec(inherited ?? '') ?? [];
  const isGiven = /[1-9a-f]/.test(given) && /[1-9a-f]/.test(caller);
  const trace = isGiven ? given : randomHex(16);
  const end = (): void => {};
  return {
    call: () => ({
      carrier: { traceparent: `00-${trace}-${randomHex(8)}-${isGiven ? flags : SAMPLED}`, tracestate: null },
      end,
    }),
  };
}

/** Never all zeros, which would be no id. */
function randomHex(bytes: number): string {
  const random = randomBytes(bytes);
  random[0] = (random[0] ?? 0) | 1;
  return random.toString('hex');
}

const nothing = (): void => {};
const call: IncomingCall = { begun: nothing, process: () => nothing, end: nothing };
const calls = { call: () => call, gone: nothing };

/** Nobody listens. */
export const UNFOLLOWED: ServerTelemetry = { connection: () => calls };
