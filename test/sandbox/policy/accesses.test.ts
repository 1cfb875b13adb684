// Do the Seatbelt policy and a real bubblewrap sandbox decide the same accesses alike?

import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planMacos } from '../../../src/sandbox/plan/macos.ts';
import { type LinuxFacts, linuxFacts, runUnder, users } from '../sandboxed.ts';
import { type Platform, type Row, table } from './accesses.ts';
import { openPolicy, type Parameters, type Precedence } from './decide.ts';
import { commandOf, policyAccesses, type Scene } from './perform.ts';
import { boundFor } from './profiles.ts';
import { openWorld, type World } from './world.ts';

const proxyPort = 31280;

function rowsOf(platform: Platform): readonly (readonly [string, Row])[] {
  return table
    .filter((row) => row.only === undefined || row.only.platform === platform)
    .map((row) => [`${row.profile}: ${Object.values(row.access).join(' ')}: ${row.expected}`, row]);
}

function sceneOf(world: World): Scene {
  return { root: world.root, port: world.port, proxyPort, unique: path.basename(world.root) };
}

describe('the table', () => {
  it('is long, says nothing twice, and gives a reason for what one platform says alone', () => {
    expect(table.length).toBeGreaterThan(150);
    const said = table.map((row) => JSON.stringify([row.profile, row.access, row.only?.platform]));
    expect(said.filter((it, index) => said.indexOf(it) !== index)).toEqual([]);
    expect(table.filter((row) => row.only?.because === '')).toEqual([]);
  });
});

describe.each<Precedence>(['closest', 'last'])('the Seatbelt policy, where the %s rule decides', (precedence) => {
  let world: World;

  beforeAll(async () => {
    world = await openWorld(process.getuid?.() ?? 0);
  });
  afterAll(() => world[Symbol.asyncDispose]());

  it.each(rowsOf('macos'))('%s', (_, { profile, access, expected }) => {
    const host = { platform: 'darwin', sandboxExec: '/usr/bin/sandbox-exec', userCacheDir: null } as const;
    const plan = planMacos(boundFor(profile, world.root), host, profile === 'proxiedWithoutProxy' ? null : proxyPort);
    if (!plan.ok || plan.value.backend !== 'seatbelt') throw new Error('no plan');
    const [, policy = '', ...rest] = plan.value.options;
    const decide = openPolicy(policy, parametersOf(rest));
    const decided = policyAccesses(access, sceneOf(world)).map((it) => decide(it, precedence));
    expect(decided.every((it) => it === 'allow') ? 'allow' : 'deny').toBe(expected);
  });
});

function parametersOf(options: readonly string[]): Parameters {
  return Object.fromEntries(options.map((it) => /^-D(\w+)=(.*)$/s.exec(it)?.slice(1) ?? []));
}

describe.each(users)('bubblewrap as $name', ({ uid }) => {
  let facts: LinuxFacts;

  beforeAll(async () => {
    facts = await linuxFacts(uid);
  });

  it.each(rowsOf('linux'))('%s', async (_, { profile, access, expected }) => {
    const world = await openWorld(uid);
    const scene = sceneOf(world);
    try {
      const command = commandOf(access, scene);
      const { stdout, output } = await runUnder(
        boundFor(profile, world.root),
        path.join(world.root, 'ws'),
        command,
        facts,
      );
      // Neither word: the access was not even tried.
      expect({ answer: stdout.split(' ')[0], output }).toEqual({ answer: expected, output });
    } finally {
      rmSync(`/tmp/codex-${scene.unique}`, { force: true });
      await world[Symbol.asyncDispose]();
    }
  });
});
