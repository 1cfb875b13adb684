// All configured servers at once: what they offer now, a call to one of them, how each of them is.

import { type AffinityCookies, openAffinityCookies, type ReadyEnvironment, type Variables } from '../../exec/index.ts';
import { causeOf, type Problem, type Result } from '../../problem/index.ts';
import { failedAnswer, type McpAnswer } from './answer.ts';
import type { EndTimes } from './child-transport.ts';
import { openCredentials } from './credentials.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { httpLine, programLine } from './lines.ts';
import { distinctTools, type McpTool } from './offered-tools.ts';
import { type McpServerStatus, openServer } from './server.ts';
import type { McpServerSettings } from './server-settings.ts';

export interface McpCall {
  /** The qualified name. */
  readonly name: string;
  /** As the model wrote them. */
  readonly arguments: string;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

export interface McpServers {
  /** Tools that are there now. Waits for a server that is starting once, a second at most. */
  tools(signal: AbortSignal): Promise<readonly McpTool[]>;
  /** Waits for the servers that no session goes on without. Why one of them is not there; null: all are. */
  missing(signal: AbortSignal): Promise<Problem | null>;
  /** Never rejects. */
  call(call: McpCall): Promise<McpAnswer>;
  status(): readonly McpServerStatus[];
  /** The same for those on other machines alone, while their machines can still be told. */
  closeElsewhere(): Promise<void>;
  /** Until everything that was started has ended, four seconds at most. */
  close(): Promise<void>;
}

export interface McpAround {
  /** The folder a program runs in that names none. */
  readonly cwd: string;
  /** Where logins are kept. */
  readonly codexHome: string;
  /** The person's variables. */
  readonly env: Variables;
  /** Variables that hold keys, and are left out: `keyNamesOf`. */
  readonly keyNames: readonly string[];
  /** Another machine, when it can be used; it is connected to where it is not yet. */
  readonly machine: (name: string) => Promise<Result<ReadyEnvironment>>;
  /** Ours, which servers are told. */
  readonly version: string;
  /** What a program gets that does not end by itself; unsaid, seconds. */
  readonly endTimes?: EndTimes;
  /** Hears of each trouble once. */
  readonly notice: (problem: Problem) => void;
}

const WAIT_MS = 1_000;
/** Its own limit ends a start long before. */
const LONGEST_START_MS = 24 * 3_600_000;
const ARGUMENT_CHARACTERS = 4 * 1024 * 1024;

/** Starts them all, and waits for none. */
export function openMcpServers(settings: readonly McpServerSettings[], around: McpAround): McpServers {
  const credentials = openCredentials(around.codexHome);
  const cookies = new Map<string | null, AffinityCookies>();
  /** What a balancer gave for one way to it is of no use on another. */
  const cookiesFrom = (machine: string | null): AffinityCookies => {
    const known = cookies.get(machine) ?? openAffinityCookies();
    cookies.set(machine, known);
    return known;
  };
  const { env, keyNames, cwd, endTimes } = around;
  const servers = settings.map((one) =>
    openServer(one, {
      version: around.version,
      notice: around.notice,
      machine: around.machine,
      openLine: ({ name, place }, reached) => {
        switch (place.kind) {
          case 'program':
            return programLine(place, { name, person: env, keyNames, cwd, endTimes }, reached);
          case 'http':
            return httpLine(place, { name, env, credentials, cookies: cookiesFrom(place.machine) }, reached);
          case 'nowhere':
            return { ok: false, problem: place.problem };
        }
      },
    }),
  );
  // A program that ends without closing its session leaves nobody behind either.
  const killAll = () => {
    for (const server of servers) server.kill();
  };
  process.once('exit', killAll);
  /** Servers that a step has waited for already. */
  const waitedFor = new Set<string>();
  /** What was offered under a name stays callable by it, whatever its server does meanwhile. */
  const byName = new Map<string, McpTool>();

  return {
    async tools(signal) {
      const pending = servers.flatMap((server) => {
        server.wake();
        const work = server.underWay();
        if (work === null || waitedFor.has(server.name)) return [];
        waitedFor.add(server.name);
        return [work];
      });
      if (pending.length > 0) await settledWithin(pending, WAIT_MS, signal);
      const offered = distinctTools(servers.flatMap((server) => server.tools()));
      for (const tool of offered) byName.set(tool.name, tool);
      return offered;
    },
    async missing(signal) {
      const required = servers.filter((server) => server.isRequired);
      for (const server of required) {
        server.wake();
        const work = server.underWay();
        if (work !== null) await settledWithin([work], LONGEST_START_MS, signal);
      }
      return required.map((server) => server.status().problem).find((problem) => problem !== null) ?? null;
    },
    async call({ name, arguments: written, signal, progress }) {
      const tool = byName.get(name);
      const server = servers.find((it) => it.name === tool?.server);
      if (tool === undefined || server === undefined) return failedAnswer(`There is no tool ${name.slice(0, 100)}.`);
      const given = argumentsOf(written);
      return typeof given === 'string' ? failedAnswer(given) : server.call(tool, given, { signal, progress });
    },
    status: () => servers.map((server) => server.status()),
    async closeElsewhere() {
      await Promise.all(servers.filter((it) => it.isElsewhere).map((server) => server.close()));
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
      process.off('exit', killAll);
    },
  };
}

/** A text is what is wrong with them. */
function argumentsOf(written: string): JsonObject | string {
  if (written.length > ARGUMENT_CHARACTERS) return 'The arguments are too long.';
  if (written.trim() === '') return {};
  try {
    const given: unknown = JSON.parse(written);
    return isJsonObject(given) ? given : 'The arguments are not an object.';
  } catch (error) {
    return `The arguments are no JSON: ${causeOf(error)}`;
  }
}

function settledWithin(work: readonly Promise<void>[], limitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, limitMs);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
    void Promise.all(work).then(done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
