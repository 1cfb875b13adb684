// What really happens to each command of the corpus: its output and end in a sandbox, and the judge's verdict.

import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { hostOutsideFacts } from '../../../src/sandbox/denial/outside-facts.ts';
import { builtInProfile, type Denial, type NamedProfile, type OutsideFacts } from '../../../src/sandbox/index.ts';
import { bound, isRoot, linuxFacts, openPlace, otherUid, runUnder } from '../sandboxed.ts';
import { openCorpusPlace, type Servers } from './corpus-place.ts';
import { judged } from './judged.ts';
import { type CorpusCommand, isInstalled, readCommands } from './read-commands.ts';

export interface CorpusRun {
  /** With this run's places in it. */
  readonly expected: CorpusCommand;
  readonly output: string;
  readonly code: number;
  readonly denial: Denial | null;
}

/** Two at a time is what the smallest machine we know of has cores for; the third fills the pauses. */
const atOnce = 3;

/** Runs all commands whose programs are here, each in folders of its own. `absent` are the others. */
export async function runCorpus(): Promise<{ readonly runs: readonly CorpusRun[]; readonly absent: number }> {
  const ownUid = process.getuid?.() ?? 0;
  const facts = { own: await linuxFacts(ownUid), other: await linuxFacts(isRoot ? otherUid : ownUid) };
  const shared = openPlace(ownUid);
  const socketServer = await listening(createServer(), path.join(shared.path, 's.sock'));
  const server = await listening(createServer(), 0);
  const address = server.address();
  const servers: Servers = {
    sock: path.join(shared.path, 's.sock'),
    port: typeof address === 'object' && address !== null ? address.port : 0,
  };
  const all = readCommands();
  const present = all.filter((it) => (it.needs === null || isInstalled(it.needs)) && (it.runsAs !== 'root' || isRoot));
  const runs: CorpusRun[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const row = present[index];
      if (row === undefined) return;
      const isOther = row.runsAs === 'nobody';
      using place = openCorpusPlace(isOther ? facts.other.uid : ownUid, servers);
      const { fill, ws, home } = place;
      const profile = bound(ws, { profile: withSecret(ws), context: { codexHome: path.join(home, '.codex') } });
      const command = fill(row.command);
      const { code, bytes } = await runUnder(
        profile,
        ws,
        ['/bin/bash', '-c', command],
        isOther ? facts.other : facts.own,
        { HOME: home },
      );
      const outside = isOther ? ofAnother : hostOutsideFacts;
      const denial = judged({ profile, command, cwd: ws, output: bytes, code, home, outside });
      const stopped = row.stopped.map((it) => ({ ...it, target: placed(fill(it.target)) }));
      runs[index] = { expected: { ...row, command, stopped }, output: bytes.toString('utf8'), code, denial };
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    server.close();
    socketServer.close();
    shared[Symbol.dispose]();
  }
  return { runs, absent: all.length - present.length };
}

/** What an ordinary user is asked of here depends on no path that only root could reach. */
const ofAnother: OutsideFacts = { ...hostOutsideFacts, isRoot: false };

/** The workspace profile with a closed folder in it. */
function withSecret(ws: string): NamedProfile {
  const { profile } = builtInProfile(':workspace');
  if (profile.type !== 'managed') throw new Error('the workspace profile is a sandbox');
  const entries = [
    ...profile.entries,
    { path: { type: 'path', path: path.join(ws, 'secret') }, access: 'deny' },
  ] as const;
  return { name: 'mine', profile: { ...profile, entries } };
}

function placed(target: string): string {
  return target.startsWith('/') ? path.normalize(target) : target;
}

function listening(server: Server, at: number | string): Promise<Server> {
  return new Promise((resolve) => {
    if (typeof at === 'number') server.listen(at, '127.0.0.1', () => resolve(server));
    else server.listen({ path: at, writableAll: true, readableAll: true }, () => resolve(server));
  });
}
