// A folder on a machine, and patches that are carried out in it as the session does it.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type PatchResult, patchRunner } from '../../../src/core/patch/index.ts';
import {
  type CommandStart,
  DEFAULT_ENVIRONMENT_POLICY,
  type FileAccess,
  type ReadyEnvironment,
  type RunningProcess,
} from '../../../src/exec/index.ts';
import { builtInProfile, type Grant, type NamedProfile } from '../../../src/sandbox/index.ts';
import { type Kind, openTestPlace, type TestPlace } from '../../exec/environments/places.ts';
import { collect, type Told } from '../../exec/running.ts';

interface Tried {
  readonly told: Told;
  readonly result: PatchResult;
  readonly process: RunningProcess;
}

interface Options {
  readonly grants?: readonly Grant[];
  readonly profile?: NamedProfile;
  readonly stdio?: CommandStart['stdio'];
  readonly environment?: ReadyEnvironment;
  readonly colour?: boolean;
  /** As soon as it has started. */
  readonly started?: (process: RunningProcess) => void;
}

export const PIPE = { kind: 'pipe', stdin: 'closed' } as const;

/** What a command needs and a patch does not. */
export const START = {
  argv: ['apply_patch'],
  cwd: '/',
  variables: { policy: DEFAULT_ENVIRONMENT_POLICY, over: {} },
  outputFile: null,
  proxy: null,
  origin: { session: 's', call: 'c' },
} as const satisfies Partial<CommandStart>;

export interface PatchPlace {
  readonly machine: TestPlace;
  /** Of the test that runs: patches begin there. */
  readonly folder: string;
  /** Another folder, in the same workspace. */
  nextFolder(): void;
  at(name: string): string;
  write(name: string, text: string): void;
  read(name: string): string;
  carryOut(text: string, options?: Options): Promise<Tried>;
  /** The same environment, whose files misbehave. */
  meddled(meddle: (files: FileAccess) => Partial<FileAccess>): ReadyEnvironment;
}

export async function openPatchPlace(kind: Kind): Promise<PatchPlace> {
  const machine = await openTestPlace(kind);
  let count = 0;
  let folder = machine.workspace;
  const at = (name: string): string => path.join(folder, name);
  return {
    machine,
    get folder() {
      return folder;
    },
    nextFolder() {
      folder = path.join(machine.workspace, `w${++count}`);
      mkdirSync(folder);
    },
    at,
    write(name, text) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text);
    },
    read: (name) => readFileSync(at(name), 'utf8'),
    async carryOut(text, options = {}) {
      const {
        environment = machine.ready,
        grants = [],
        profile = builtInProfile(':workspace'),
        stdio = PIPE,
      } = options;
      const runner = patchRunner({ environment, cwd: folder, text, colour: options.colour ?? false });
      const { told, listener } = collect();
      const sandbox = { profile, grants, workspaceRoots: [machine.workspace] };
      const started = await runner.start({ ...START, cwd: folder, stdio, sandbox }, listener);
      if (!started.ok) throw new Error('it always starts');
      options.started?.(started.value);
      await told.closed;
      const result = runner.result();
      if (result === null) throw new Error('it has ended');
      return { told, result, process: started.value };
    },
    meddled: (meddle) => ({
      ...machine.ready,
      files: (sandbox) => {
        const files = machine.ready.files(sandbox);
        return { ...files, ...meddle(files) };
      },
    }),
  };
}
