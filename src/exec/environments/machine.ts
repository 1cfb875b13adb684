// How is a configured machine reached? Over an address, or by a command that speaks with it.

import { fail, type Result } from '../../problem/index.ts';
import { CLIENT_TIMES, openEnvironmentConnection, stdioTransport, webSocketTransport } from '../client/index.ts';
import type { OutputLimits } from '../engine/output-log.ts';
import type { ClientTelemetry } from '../telemetry/telemetry.ts';
import type { Environment } from './environment.ts';
import { openRemotePlace } from './remote.ts';

export type RemoteMachine =
  | {
      readonly kind: 'url';
      readonly name: string;
      readonly url: string;
      /** Asked for each connection. A problem is a sentence without the token. */
      readonly token: () => Result<string | null, string>;
      readonly connectMs: number;
      readonly initializeMs: number;
    }
  | {
      readonly kind: 'program';
      readonly name: string;
      readonly program: string;
      readonly args: readonly string[];
      /** All of its environment. */
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
      readonly initializeMs: number;
    };

export interface MachineOptions {
  readonly outputLimits?: Partial<OutputLimits>;
  readonly telemetry?: Promise<ClientTelemetry>;
}

export function openMachine(machine: RemoteMachine, options: MachineOptions = {}): Environment {
  const { outputLimits, ...followed } = options;
  const { name, initializeMs } = machine;
  const times = { ...CLIENT_TIMES, initializeMs };
  const limits = outputLimits === undefined ? {} : { outputLimits };
  if (machine.kind === 'program') {
    const connection = openEnvironmentConnection({
      name,
      isEager: false,
      open: stdioTransport(machine),
      canResume: false,
      ...followed,
      times,
    });
    return openRemotePlace({ connection, ...limits });
  }
  const { url, token, connectMs } = machine;
  const connection = openEnvironmentConnection({
    name,
    isEager: true,
    canResume: true,
    ...followed,
    times: { ...times, connectMs },
    open(listener, signal) {
      const known = token();
      return known.ok
        ? webSocketTransport({ url, token: known.value, connectMs })(listener, signal)
        : Promise.resolve(fail(known.problem));
    },
  });
  return openRemotePlace({ connection, ...limits });
}
