// A core with a model behind a loopback server, its commands in the real sandbox: no screen, no program.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BusEvent, Command, EventOf, EventType } from '../../../src/core/bus/index.ts';
import {
  type Core,
  type CoreOptions,
  createModelProvider,
  openCore,
  openEnvironments,
} from '../../../src/core/index.ts';
import { openLocalEnvironment, openLocalPlace, ownProgramPlaces } from '../../../src/exec/index.ts';
import { fail, problemText } from '../../../src/problem/index.ts';
import { builtInProfile } from '../../../src/sandbox/index.ts';

/** As the build makes them. */
const builtPrograms = path.join(import.meta.dirname, '../../../dist/lib');

export interface OpenedCore {
  readonly core: Core;
  readonly folder: string;
  readonly codexHome: string;
  readonly events: readonly BusEvent[];
  of<T extends EventType>(type: T): EventOf<T>[];
  /** The first event of this kind from now on, or that was told already and fits. */
  heard<T extends EventType>(type: T, fits?: (event: EventOf<T>) => boolean): Promise<EventOf<T>>;
  /** Sends a message and waits for the end of its turn. */
  turn(text: string): Promise<EventOf<'turn.ended'>>;
  command(command: Command): Promise<void>;
  close(): Promise<void>;
}

const NO_HOOKS: ReturnType<CoreOptions['openHooks']> = {
  beforeCommand: async () => ({ kind: 'go_on' }),
  turnEnded() {},
  questionOpened() {},
  close: async () => {},
};

export const TEST_CONTEXT: CoreOptions['context'] = {
  compactPrompt: null,
  window: null,
  limit: null,
  showsReasoning: true,
  showsThoughts: false,
  mostOutputTokens: null,
};

export interface CoreAround {
  readonly url: string;
  readonly model?: string;
  readonly more?: Partial<CoreOptions>;
  /** An earlier one whose folders it takes, and goes on with. */
  readonly after?: OpenedCore;
}

export function openTestCore({ url, model = 'test-model', more = {}, after }: CoreAround): OpenedCore {
  const folder = after?.folder ?? realpathSync(mkdtempSync(path.join(tmpdir(), 'core-test-')));
  const codexHome = after?.codexHome ?? path.join(folder, '.codex-home');
  const recordPath = after?.core.recordPath ?? null;
  const local = openLocalPlace({
    engine: openLocalEnvironment(),
    fileHelper: () => ({
      argv: [process.execPath, path.join(builtPrograms, 'file-helper.cjs')],
      folder: builtPrograms,
      ...ownProgramPlaces(),
    }),
    variables: process.env,
    context: { home: '/nonexistent', tmpdir: null, codexHome, runtimeFolders: [] },
    shell: '/bin/sh',
    cwd: folder,
    home: folder,
  });
  const opened = openCore({
    version: 'test',
    codexHome,
    home: folder,
    env: {},
    cwd: folder,
    environments: openEnvironments([local], local.name),
    provider: providerAt(url, model),
    instructions: () => 'You are tested.',
    skills: { all: [], problems: [], named: () => [] },
    instructionFiles: 0,
    context: { ...TEST_CONTEXT },
    readImage: async (file) => fail({ what: file, why: '', next: '' }),
    profile: builtInProfile(':workspace'),
    network: 'restricted',
    policy: 'on-request',
    variablesFor: () => ({
      policy: { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] },
      over: {},
    }),
    fileThread: null,
    always: { offer: () => null, write: () => fail({ what: '', why: '', next: '' }) },
    openHooks: () => NO_HOOKS,
    showsImages: true,
    prompts: { codexHome, project: null },
    mcp: [],
    keyNames: [],
    isRecorded: true,
    resume: after === undefined || recordPath === null ? null : { session: after.core.session, path: recordPath },
    onDefect: (error) => {
      throw error;
    },
    ...more,
  });
  if (!opened.ok) throw new Error(problemText(opened.problem));
  const core = opened.value;
  const events: BusEvent[] = [];
  const waiting = new Set<() => void>();
  core.door.subscribe(1, (event) => {
    events.push(event);
    for (const look of [...waiting]) look();
  });

  function of<T extends EventType>(type: T): EventOf<T>[] {
    return events.filter((event): event is BusEvent & EventOf<T> => event.type === type);
  }

  function heard<T extends EventType>(type: T, fits: (event: EventOf<T>) => boolean = () => true): Promise<EventOf<T>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = of(type).find(fits);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  }

  async function command(wanted: Command): Promise<void> {
    const ack = await core.door.command(wanted);
    if (!ack.ok) throw new Error(problemText(ack.problem));
  }

  return {
    core,
    folder,
    codexHome,
    events,
    of,
    heard,
    command,
    async turn(text) {
      const before = of('turn.ended').length;
      await command({ type: 'submit', text });
      const ended = () => of('turn.ended')[before];
      await heard('turn.ended', (event) => event === ended());
      const last = ended();
      if (last === undefined) throw new Error('a turn that ended has an end');
      return last;
    },
    async close() {
      await core.door.command({ type: 'close', reason: 'quit' });
      await core.ended;
    },
  };
}

export function removeFoldersOf({ folder }: OpenedCore): void {
  rmSync(folder, { recursive: true, force: true });
}

function providerAt(url: string, model: string) {
  return createModelProvider(
    {
      kind: 'model',
      wire: 'responses',
      id: 'scripted',
      name: 'Scripted',
      model,
      baseUrl: url,
      key: null,
      headers: {},
      query: {},
      requestRetries: 0,
      streamRetries: 0,
      idleTimeoutMs: 20_000,
      contextWindow: null,
      options: { effort: null, summary: 'auto', verbosity: null, maxOutputTokens: null, webSearch: 'disabled' },
      searches: false,
    },
    { env: {} },
  );
}
