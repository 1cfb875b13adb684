// What every machine does the same, whichever way it is reached.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProfile } from '../../../src/sandbox/index.ts';
import { KINDS, openTestPlace, type TestPlace, withGrants } from './places.ts';

const PTY = { kind: 'pty', cols: 91, rows: 17 } as const;
const OPEN_PIPES = { kind: 'pipe', stdin: 'open' } as const;

describe.each(KINDS)('a command on a machine (%s)', (kind) => {
  let place: TestPlace;
  beforeAll(async () => {
    place = await openTestPlace(kind);
  });
  afterAll(() => place.close());

  const text = (told: { chunks: readonly { bytes: Uint8Array; stream: string }[] }, stream: string): string =>
    Buffer.concat(told.chunks.filter((it) => it.stream === stream).map(({ bytes }) => bytes)).toString();

  it('starts in its folder, with the shell and the home that the machine has', async () => {
    expect(place.ready.facts).toMatchObject({ cwd: place.workspace, home: expect.stringContaining('/home') });
    const { told } = await place.start('pwd');
    expect(await told.closed).toMatchObject({ exit: { kind: 'code', code: 0 }, denial: null, ran: true });
    expect(told.text()).toBe(`${place.workspace}\n`);
  });

  it('keeps its two outputs apart, and its exit code', async () => {
    const { told } = await place.start('echo out; echo err >&2; exit 7');
    expect((await told.closed).exit).toEqual({ kind: 'code', code: 7 });
    expect([text(told, 'stdout'), text(told, 'stderr')]).toEqual(['out\n', 'err\n']);
  });

  it('has variables of its machine, under the policy, and those of the caller over them', async () => {
    const script = 'echo "$OF_MACHINE|$SAID|$MY_TOKEN"';
    const variables = {
      policy: { inherit: 'all', ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] },
      over: { SAID: 'over', MY_TOKEN: 'kept' },
    } as const;
    const { told } = await place.start(script, { variables });
    await told.closed;
    expect(told.text()).toBe('yes|over|kept\n');
    const none = await place.start(script, {
      variables: { policy: { ...variables.policy, inherit: 'none' }, over: {} },
    });
    await none.told.closed;
    expect(none.told.text()).toBe('||\n');
  });

  it('has a terminal of the wished size, which follows, and takes keys', async () => {
    const { process, told } = await place.start('stty size; read line; stty size; echo "got $line"', { stdio: PTY });
    await told.until((it) => it.text().includes('17 91'));
    process.resize(60, 20);
    process.write(Buffer.from('typed\r'));
    await told.closed;
    expect(told.text()).toContain('20 60\r\ngot typed');
  });

  it('reads what is written to its pipe', async () => {
    const { process, told } = await place.start('head -c 300000 | wc -c', { stdio: OPEN_PIPES });
    for (let n = 0; n < 3; n += 1) expect(process.write(Buffer.alloc(100_000, 'x')).ok).toBe(true);
    await told.closed;
    expect(told.text().trim()).toBe('300000');
  });

  it.each(['pipe', 'pty'] as const)('hears Ctrl-C, and what it does then counts (%s)', async (stdio) => {
    const script = `trap 'echo trapped; exit 9' INT; echo ready; while :; do sleep 0.05; done`;
    const { process, told } = await place.start(script, stdio === 'pty' ? { stdio: PTY } : {});
    await told.until((it) => it.text().includes('ready'));
    process.signal('interrupt');
    expect((await told.closed).exit).toEqual({ kind: 'code', code: 9 });
    expect(told.text()).toContain('trapped');
  });

  it('is killed with everything it started', async () => {
    const { process, told } = await place.start('echo ready; trap "" TERM INT; sleep 100 & sleep 100');
    await told.until((it) => it.text().includes('ready'));
    process.signal('kill');
    expect((await told.closed).exit).toEqual({ kind: 'signal', signal: 'SIGKILL', code: 137 });
  });

  it('prints 3 MB, all of them once and in order, and all can be read again', async () => {
    const outputFile = path.join(place.outside, `${kind}.bin`);
    const { process, told } = await place.start('seq 400000', { outputFile });
    const { bytes, lines } = await told.closed;
    expect([bytes, lines]).toEqual([2_688_895, 400_000]);
    const expected = `${Array.from({ length: 400_000 }, (_, n) => n + 1).join('\n')}\n`;
    expect(told.text() === expected).toBe(true);
    expect(readFileSync(outputFile, 'utf8') === expected).toBe(true);
    expect(Buffer.from(process.readOutput(1_500_000, 1_500_010).bytes).toString()).toBe(
      expected.slice(1_500_000, 1_500_010),
    );
  });

  it('waits while it is not read', async () => {
    const { process, told } = await place.start('yes | head -c 30000000; echo end');
    process.pause();
    await told.until(() => true);
    process.resume();
    expect((await told.closed).bytes).toBe(30_000_004);
  });

  it('is stopped by its sandbox, told what would let it through, and let through by that', async () => {
    const file = path.join(place.outside, `new-${kind}`);
    const script = `touch ${file} && echo made`;
    const { told } = await place.start(script);
    const { denial, exit } = await told.closed;
    expect(exit.code).not.toBe(0);
    expect(denial).toMatchObject({
      operation: 'create',
      target: file,
      because: expect.stringMatching(/^:workspace opens .* for writing only$/),
      certainty: 'certain',
      grants: [{ kind: 'write', path: place.outside }],
    });
    expect(existsSync(file)).toBe(false);
    const again = await place.start(script, withGrants(place, denial?.grants ?? []));
    expect(await again.told.closed).toMatchObject({ exit: { code: 0 }, denial: null });
    expect(existsSync(file)).toBe(true);
  });

  it('may be granted a single file, beside which nothing opens', async () => {
    const file = path.join(place.outside, `single-${kind}`);
    writeFileSync(file, 'old\n');
    const sandbox = withGrants(place, [{ kind: 'write', path: file }]);
    const { told } = await place.start(`echo new > ${file} && touch ${file}.other`, sandbox);
    expect(await told.closed).toMatchObject({ exit: { code: 1 }, denial: { target: `${file}.other` } });
    expect([readFileSync(file, 'utf8'), existsSync(`${file}.other`)]).toEqual(['new\n', false]);
  });

  it('finds no denial where the sandbox had no part in it', async () => {
    const { told } = await place.start('echo "Permission denied"; exit 1');
    expect(await told.closed).toMatchObject({ exit: { code: 1 }, denial: null });
  });

  it('cannot write what is protected in its workspace, nor read the keys of the program', async () => {
    const { told } = await place.start('mkdir -p .git/hooks; echo x > .git/hooks/post-commit; echo over');
    await told.closed;
    expect(existsSync(path.join(place.workspace, '.git/hooks/post-commit'))).toBe(false);
  });

  it('runs without a sandbox where the profile says so', async () => {
    const file = path.join(place.outside, `free-${kind}`);
    const sandbox = { profile: builtInProfile(':danger-full-access'), grants: [], workspaceRoots: [place.workspace] };
    const { told } = await place.start(`touch ${file}`, { sandbox });
    expect(await told.closed).toMatchObject({ exit: { code: 0 }, denial: null });
    expect(existsSync(file)).toBe(true);
  });

  it('is not started in a folder that is not there, or as a program that is not', async () => {
    const noFolder = await place.tryStart('true', { cwd: path.join(place.workspace, 'missing') });
    expect(noFolder.started).toMatchObject({ ok: false, problem: { kind: 'command' } });
    const { started, told } = await place.tryStart('true', { argv: ['no-such-program'] });
    // A sandbox may find it out only inside.
    if (started.ok) expect(await told.closed).toMatchObject({ ran: false, exit: { code: 127 } });
    else expect(started.problem.kind).toBe('command');
  });

  it('tells its exit before its last output when something it started still prints', async () => {
    const sandbox = { profile: builtInProfile(':danger-full-access'), grants: [], workspaceRoots: [place.workspace] };
    const go = path.join(place.workspace, `go-${kind}`);
    const { told } = await place.start(`(until [ -e ${go} ]; do sleep 0.02; done; echo late) & echo first`, {
      sandbox,
    });
    await told.until(() => told.exit !== null);
    expect(told.result).toBeNull();
    writeFileSync(go, '');
    await told.closed;
    expect(told.text()).toBe('first\nlate\n');
  });
});
