// Clients of a test, and what a process told them.

import { expect } from 'vitest';
import { type ClientOptions, connectClient, type ExecClient } from '../../../src/exec/client/client.ts';
import type { RemoteProcessListener } from '../../../src/exec/client/delivery.ts';
import type { RemoteExit } from '../../../src/exec/client/event-order.ts';
import type { CallProblem } from '../../../src/exec/client/problem.ts';
import type { CallParams } from '../../../src/exec/client/spelling.ts';
import type { ClientTimes } from '../../../src/exec/client/times.ts';
import { webSocketTransport } from '../../../src/exec/client/websocket.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import type { Result } from '../../../src/problem/index.ts';

/** Short, and far apart from each other. */
export const TIMES: Partial<ClientTimes> = { recoveryMs: 5000, retryMs: 5, callMs: 4000, gapMs: 20 };

export async function connect(url: string, more: Partial<ClientOptions> = {}): Promise<ExecClient> {
  const open = webSocketTransport({ url, token: null, connectMs: 2000 });
  const { times, ...rest } = more;
  const options = { open, canResume: true, ...rest, times: { ...TIMES, ...times } };
  return unwrap(await connectClient(options, new AbortController().signal));
}

export function unwrap<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(`unexpected: ${JSON.stringify(result.problem)}`);
  return result.value;
}

export function problemOf<E>(result: Result<unknown, E>): E {
  if (result.ok) throw new Error(`unexpected: ${JSON.stringify(result.value)}`);
  return result.problem;
}

export function startParams(processId: string, argv: [string, ...string[]] = ['cat']): CallParams<'process/start'> {
  return {
    processId,
    argv,
    cwd: pathUri('/tmp'),
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    tty: false,
    pipeStdin: true,
    enforceManagedNetwork: false,
  };
}

/** Everything that was told, and a way to wait for it. */
export interface Heard {
  readonly listener: RemoteProcessListener;
  readonly order: string[];
  readonly exits: RemoteExit[];
  readonly problems: CallProblem[];
  text(stream?: string): string;
  until(holds: () => boolean): Promise<void>;
  /** Closed or failed. */
  readonly over: Promise<void>;
}

export function listen(): Heard {
  const order: string[] = [];
  const exits: RemoteExit[] = [];
  const problems: CallProblem[] = [];
  const pieces: { readonly stream: string; readonly bytes: Buffer }[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: string): void => {
    order.push(what);
    for (const look of [...waiting]) look();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return {
    order,
    exits,
    problems,
    text: (stream) =>
      Buffer.concat(
        pieces.filter((it) => stream === undefined || it.stream === stream).map((it) => it.bytes),
      ).toString(),
    until,
    over: until(() => order.at(-1) === 'closed' || order.at(-1) === 'failed'),
    listener: {
      output(bytes, stream) {
        pieces.push({ stream, bytes: Buffer.from(bytes) });
        tell('output');
      },
      exited(exit) {
        exits.push(exit);
        tell('exited');
      },
      closed: () => tell('closed'),
      failed(problem) {
        problems.push(problem);
        tell('failed');
      },
    },
  };
}

/** What a process told from its first event to its last, once each. */
export function expectWhole(heard: Heard): void {
  expect(heard.problems).toEqual([]);
  expect(heard.order.filter((what) => what !== 'output')).toEqual(['exited', 'closed']);
  expect(heard.order.at(-1)).toBe('closed');
}
