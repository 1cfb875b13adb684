import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ack, apply, type Command, emptyTranscript } from '../../../src/core/bus/index.ts';
import { attach } from '../../../src/core/ipc/client.ts';
import { listen } from '../../../src/core/ipc/listener.ts';
import { newSocketName } from '../../../src/core/ipc/socket-name.ts';
import { listLive } from '../../../src/core/ipc/sockets.ts';
import {
  attachTo,
  challengeIn,
  doorOf,
  factsOf,
  fold,
  HELLO,
  hearAll,
  heard,
  message,
  openScope,
  openTestBus,
  openTestFolder,
  output,
  pictured,
  type RawClient,
  rawClient,
  SESSION,
  type Served,
  serve,
  started,
  UID,
  VERSION,
} from './session.ts';
import { bundle, isRoot, run } from './users.ts';

const scope = openScope();
afterEach(scope.end);

const asUs = { uid: UID, version: VERSION, onDefect: () => {} };

/** A client that has been let in and says what it likes from then on. */
async function provenClient({ folder, name }: Served): Promise<RawClient> {
  const client = rawClient(scope, folder.at(name));
  client.say(HELLO);
  fs.writeFileSync(folder.at(challengeIn(await client.line(1))), '', { mode: 0o600 });
  client.say('{"t":"proof"}\n');
  expect(await client.line(2)).toContain('"t":"welcome"');
  return client;
}

function codeOf(line: string): string {
  return /"t":"error","code":"(\w+)"/.exec(line)?.[1] ?? line;
}

describe('an attached door', () => {
  it('hears what happened and what happens, once and in order', async () => {
    const { bus, listener } = await serve(scope);
    for (let n = 0; n < 50; n += 1) bus.publish(message(n));
    const door = await attachTo(scope, listener.path);
    expect(door.facts).toMatchObject({ ...factsOf(), pid: process.pid, version: VERSION, attached: 0 });
    const { events, until } = hearAll(door);
    await until(51);
    for (let n = 50; n < 100; n += 1) bus.publish(message(n));
    await until(101);
    const all = hearAll(doorOf(bus)).events;
    expect(pictured(fold(events))).toBe(pictured(fold(all)));
    expect(events.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq));
    expect(listener.attached()).toBe(1);
  });

  it('hears from any number on, by several listeners, until they stop', async () => {
    const { bus, listener } = await serve(scope);
    bus.publish(message(1));
    const door = await attachTo(scope, listener.path);
    const [first, second, future] = [hearAll(door), hearAll(door, 2), hearAll(door, 4)];
    const stopped: number[] = [];
    const stop = door.subscribe(1, ({ seq }) => stopped.push(seq));
    await Promise.all([first.until(2), second.until(2)]);
    stop();
    for (const n of [2, 3, 4]) bus.publish(message(n));
    await Promise.all([first, second, future].map(({ until }) => until(5)));
    expect([first, second, future].map(({ events }) => events.map(({ seq }) => seq))).toEqual([
      [1, 2, 3, 4, 5],
      [2, 3, 4, 5],
      [4, 5],
    ]);
    expect(stopped.every((seq) => seq < 3)).toBe(true);
  });

  it('commands and asks, and each answer finds its question', async () => {
    const asked: Command[] = [];
    const refusal: Ack = { ok: false, code: 'not_now', problem: { what: 'w', why: '', next: '' } };
    const { listener } = await serve(scope, {
      command: async (command) => {
        asked.push(command);
        return command.type === 'interrupt' ? refusal : { ok: true };
      },
    });
    const door = await attachTo(scope, listener.path);
    const write = { type: 'process.write', process: 1, bytes: Buffer.from([0, 255, 10]) } as const;
    const answers = await Promise.all([
      door.command(write),
      door.command({ type: 'interrupt' }),
      door.query({ type: 'history' }),
      door.query({ type: 'output', process: 1, attempt: 1, from: 0, to: 9 }),
    ]);
    expect(answers).toEqual([
      { ok: true },
      refusal,
      { texts: ['ls'] },
      { from: 0, bytes: new Uint8Array(Buffer.from('bytes')) },
    ]);
    expect(asked).toEqual([{ ...write, bytes: new Uint8Array(write.bytes) }, { type: 'interrupt' }]);
  });

  it('takes a pasted text of 16 MB, and tells everybody of it', async () => {
    const text = `${'é"\n'.repeat(5_000_000)}.`;
    const { bus, listener } = await serve(scope, {
      command: async (command) => {
        if (command.type === 'submit') bus.publish(message(1, command.text));
        return { ok: true };
      },
    });
    const door = await attachTo(scope, listener.path);
    const { events, until } = hearAll(door);
    expect(await door.command({ type: 'submit', text })).toEqual({ ok: true });
    await until(2);
    const [, told] = events;
    expect(told?.type === 'message.added' && told.text === text).toBe(true);
  });

  it('survives a session that breaks, and tells what broke', async () => {
    const { listener, defects } = await serve(scope, {
      command: () => {
        throw new Error('command broke');
      },
      history: () => Promise.reject(new Error('query broke')),
    });
    const door = await attachTo(scope, listener.path);
    const failed = { ok: false, code: 'failed', problem: { why: 'command broke' } };
    expect(await door.command({ type: 'interrupt' })).toMatchObject(failed);
    expect(await door.query({ type: 'history' })).toEqual({ texts: [] });
    expect(defects.map(String)).toEqual(['Error: command broke', 'Error: query broke']);
  });

  it('keeps 64 things in flight at most, sends the rest when answers come, and lets a signal through', async () => {
    const release: (() => void)[] = [];
    const types: string[] = [];
    let isHeldUp = true;
    const { tell, until } = heard();
    const { listener } = await serve(scope, {
      command: async ({ type }) => {
        types.push(type);
        if (!isHeldUp) return { ok: true };
        return new Promise((resolve) => {
          release.push(() => resolve({ ok: true }));
          tell();
        });
      },
    });
    const door = await attachTo(scope, listener.path);
    const write = { type: 'process.write', process: 1, bytes: new Uint8Array(1) } as const;
    const writes = Array.from({ length: 200 }, () => door.command(write));
    const signal = door.command({ type: 'process.signal', process: 1, signal: 'interrupt' });
    await until(() => types.includes('process.signal'));
    expect(types.filter((type) => type === 'process.write')).toHaveLength(56);
    const more = Array.from({ length: 1000 }, () => door.command(write));
    const refused = (await Promise.all(more.slice(-100))).filter((ack) => !ack.ok && ack.problem.what !== '');
    expect(refused).toHaveLength(100);
    isHeldUp = false;
    for (const done of release) done();
    expect(await signal).toEqual({ ok: true });
    expect(await Promise.all(writes)).toEqual(writes.map(() => ({ ok: true })));
  });

  it('hears the last words of a session that ends, and that it ended', async () => {
    const { bus, listener, folder } = await serve(scope);
    const door = await attachTo(scope, listener.path);
    const { events, until } = hearAll(door);
    await until(1);
    for (let n = 0; n < 3000; n += 1) bus.publish(output(1, n, Buffer.alloc(1000)));
    bus.publish({ type: 'session.ended', reason: 'idle' });
    await listener.close('idle');
    expect(await door.lost).toEqual({ kind: 'ended', reason: 'idle' });
    expect(events.at(-1)).toMatchObject({ type: 'session.ended', seq: 3002 });
    expect(fs.readdirSync(folder.path)).toEqual([]);
    expect(await door.command({ type: 'interrupt' })).toMatchObject({ ok: false, code: 'failed' });
    expect(await door.query({ type: 'sessions.list', folder: null, limit: 1 })).toEqual({ sessions: [], total: 0 });
    expect(await attach(listener.path, asUs)).toMatchObject({ ok: false, problem: { why: 'It has ended.' } });
  });

  it('leaves a session that goes on', async () => {
    const { listener } = await serve(scope);
    const door = await attachTo(scope, listener.path);
    const asked = door.query({ type: 'history' });
    door.close();
    expect(await door.lost).toEqual({ kind: 'left' });
    expect(await asked).toEqual({ texts: [] });
    expect((await attachTo(scope, listener.path)).facts.session).toBe(SESSION);
  });
});

describe('a session that is attached to late', () => {
  it('looks as it looks to those who were there, after more than the bus remembers', async () => {
    const { bus, listener } = await serve(scope);
    const live = hearAll(doorOf(bus)).events;
    bus.publish({ type: 'turn.started', turn: 't1' });
    for (let process = 1; process <= 3; process += 1) bus.publish(started(process));
    const piece = Buffer.alloc(64 * 1024, 'some output\n');
    for (let n = 0; n < 300; n += 1) bus.publish(output((n % 3) + 1, Math.floor(n / 3) * piece.length, piece));
    for (let n = 0; n < 21_000; n += 1) bus.publish({ type: 'usage.updated', used: n, window: null });
    bus.publish(message(1));
    expect(hearAll(doorOf(bus)).events[0]?.seq).toBeGreaterThan(300);

    const door = await attachTo(scope, listener.path);
    const { events, until } = hearAll(door);
    await until(live.length);
    expect(pictured(fold(events))).toBe(pictured(fold(live)));
    expect(events.length).toBeLessThan(20);
    bus.publish(message(2));
    await until(live.length);
    expect(pictured(fold(events))).toBe(pictured(fold(live)));
  });

  it('is not offered when its first events are gone', async () => {
    const folder = openTestFolder(scope);
    const bus = openTestBus();
    for (let n = 0; n < 21_001; n += 1) bus.publish(message(n));
    const late = { folder, name: newSocketName(SESSION), door: doorOf(bus), facts: () => factsOf(), ...asUs };
    expect(await listen(late)).toMatchObject({ ok: false, problem: { why: 'Its first events are gone.' } });
    expect(fs.readdirSync(folder.path)).toEqual([]);
  });
});

describe('who is turned away', () => {
  it.each([
    ['garbage', 'no JSON\n', 'garbage'],
    ['a list', '[]\n', 'garbage'],
    ['a command before the hello', '{"t":"command","id":1,"command":{"type":"interrupt"}}\n', 'garbage'],
    ['another version', '{"t":"hello","codex":999,"more":[]}\n', 'version'],
    ['two hellos', `${HELLO}${HELLO}`, 'garbage'],
    ['100,000 empty objects', '{}\n'.repeat(100_000), 'garbage'],
    ['8 MiB without a newline', 'x'.repeat(8 * 1024 * 1024), 'too_large'],
    [
      'binary noise',
      Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 167) % 256)).toString('latin1'),
      'garbage',
    ],
  ])('says %s', async (_what, said, code) => {
    const { folder, name, listener } = await serve(scope);
    const client = rawClient(scope, folder.at(name));
    client.say(said);
    await client.closed();
    const errors = client.lines.filter((line) => line.includes('"t":"error"')).map(codeOf);
    expect(errors).toEqual([code]);
    expect(fs.readdirSync(folder.path)).toEqual([name]);
    expect((await attachTo(scope, listener.path)).facts.session).toBe(SESSION);
  });

  it('says nothing for two seconds, or never ends its first word', async () => {
    const { folder, name } = await serve(scope);
    const [silent, slow, unproven] = [1, 2, 3].map(() => rawClient(scope, folder.at(name)));
    slow?.say('{"t":"hel');
    unproven?.say(HELLO);
    await unproven?.line(1);
    const since = performance.now();
    expect([codeOf((await silent?.line(1)) ?? ''), codeOf((await slow?.line(1)) ?? '')]).toEqual([
      'too_late',
      'too_late',
    ]);
    expect(performance.now() - since).toBeLessThan(5000);
    expect(codeOf((await unproven?.line(2)) ?? '')).toBe('too_late');
  });

  it('does not prove itself, or proves too much', async () => {
    const { folder, name, listener } = await serve(scope);
    const proofs: ((place: string) => void)[] = [
      () => {},
      (place) => fs.symlinkSync(folder.at(name), place),
      (place) => fs.mkdirSync(place),
      (place) => fs.writeFileSync(place, 'text'),
      (place) => {
        fs.writeFileSync(`${place}x`, '');
        fs.linkSync(`${place}x`, place);
      },
    ];
    if (isRoot) {
      proofs.push((place) => {
        fs.writeFileSync(place, '');
        fs.chownSync(place, 65534, 65534);
      });
    }
    for (const prove of proofs) {
      const client = rawClient(scope, folder.at(name));
      client.say(HELLO);
      prove(folder.at(challengeIn(await client.line(1))));
      client.say('{"t":"proof"}\n');
      expect(codeOf(await client.line(2))).toBe('not_proven');
      await client.closed();
    }
    expect(listener.attached()).toBe(0);
  });

  it('goes away before the proof, and leaves nothing behind', async () => {
    const { folder, name } = await serve(scope);
    const client = rawClient(scope, folder.at(name));
    client.say(HELLO);
    fs.writeFileSync(folder.at(challengeIn(await client.line(1))), '');
    // The owner removes it when it hears of the end.
    const removed = new Promise<void>((resolve) => {
      const watcher = fs.watch(folder.path, (_kind, entry) => {
        if (entry?.startsWith('c-') && !fs.existsSync(folder.at(entry))) resolve();
      });
      scope.add(() => watcher.close());
    });
    client.socket.destroy();
    await removed;
    expect(fs.readdirSync(folder.path)).toEqual([name]);
  });

  it('is the ninth that has not proven itself, while those who have stay', async () => {
    const { folder, name, listener, bus } = await serve(scope);
    const { until } = hearAll(await attachTo(scope, listener.path));
    const clients = Array.from({ length: 9 }, () => rawClient(scope, folder.at(name)));
    for (const client of clients.slice(0, 8)) {
      client.say(HELLO);
      await client.line(1);
    }
    expect(codeOf((await clients[8]?.line(1)) ?? '')).toBe('full');
    bus.publish(message(1));
    await until(2);
  });

  it('sends an oversized frame, or garbage, after it was let in', async () => {
    const served = await serve(scope);
    const [loud, odd] = [await provenClient(served), await provenClient(served)];
    loud.say('x'.repeat(8 * 1024 * 1024 + 1));
    odd.say('{"t":"subscribe"}\n');
    expect([codeOf(await loud.line(3)), codeOf(await odd.line(3))]).toEqual(['too_large', 'garbage']);
    await Promise.all([loud.closed(), odd.closed()]);
    expect(served.listener.attached()).toBe(0);
  });

  it('is not somebody who knows more commands than this version, or asks too much at once', async () => {
    const client = await provenClient(await serve(scope, { command: () => new Promise(() => {}) }));
    client.say('{"t":"command","id":1,"command":{"type":"fly"}}\n{"t":"query","id":2,"query":{"type":"fly"}}\n');
    expect([await client.line(3), await client.line(4)]).toEqual([
      expect.stringContaining('"t":"ack","id":1,"ack":{"ok":false,"code":"failed"'),
      expect.stringContaining('"t":"unanswered","id":2'),
    ]);
    for (let id = 3; id < 68; id += 1) client.say(`{"t":"command","id":${id},"command":{"type":"interrupt"}}\n`);
    expect(await client.line(5)).toContain('"t":"ack","id":67,"ack":{"ok":false,"code":"not_now"');
  });

  it('is a program that finds an owner of another version, and it says so', async () => {
    const folder = openTestFolder(scope);
    const answers: readonly (readonly [string, string])[] = [
      ['{"t":"hello","codex":7}\n', 'It speaks version 7 of the protocol, this program version 1.'],
      ['{"t":"error","code":"version","message":"This session runs in 9.0."}\n', 'This session runs in 9.0.'],
      ['HTTP/1.1 400 Bad Request\n', 'What it says is not the language of this program.'],
      ['{"t":"hello","codex":1,"version":"x","challenge":"../x"}\n', 'It asked for a file of an odd name.'],
      ['{"t":"welcome","facts":{}}\n', 'What it says is not the language of this program.'],
      ['', 'It closed the connection.'],
    ];
    for (const [said, why] of answers) {
      const name = newSocketName(SESSION);
      const server = createServer((socket) => socket.end(said)).listen(folder.at(name));
      scope.add(() => void server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const attached = await attach(path.join(folder.path, name), asUs);
      expect(attached).toMatchObject({ ok: false, problem: { why } });
    }
  });

  it('is an owner that cannot write to the folder, for all it says', async () => {
    const folder = openTestFolder(scope);
    const name = newSocketName(SESSION);
    const facts = JSON.stringify({ ...factsOf(), pid: 1, startTicks: 1, version: 'x', attached: 0 });
    const hello = `{"t":"hello","codex":1,"version":"x","challenge":"c-${'0'.repeat(32)}"}\n`;
    const server = createServer((socket) => {
      socket.write(hello);
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk;
        if (said.includes('"t":"proof"')) socket.write(`{"t":"welcome","facts":${facts}}\n`);
      });
    }).listen(folder.at(name));
    scope.add(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const attached = await attach(path.join(folder.path, name), asUs);
    expect(attached).toMatchObject({ ok: false, problem: { why: 'It did not prove that it is this user.' } });
    expect(fs.readdirSync(folder.path)).toEqual([name]);
  });
});

describe('the name of a listener', () => {
  it('is never taken from one that lives', async () => {
    const { folder, name, listener } = await serve(scope);
    const other = { folder, name, door: doorOf(openTestBus()), facts: () => factsOf(), ...asUs };
    const why = 'Another process listens in its name.';
    expect(await listen(other)).toMatchObject({ ok: false, problem: { why } });
    expect(fs.readdirSync(folder.path)).toEqual([name]);
    expect((await attachTo(scope, listener.path)).facts.session).toBe(SESSION);
  });

  it('is not taken from a file or a link either', async () => {
    const folder = openTestFolder(scope);
    for (const plant of [(p: string) => fs.writeFileSync(p, 'text'), (p: string) => fs.symlinkSync('/nowhere', p)]) {
      const name = newSocketName(SESSION);
      plant(folder.at(name));
      const mine = { folder, name, door: doorOf(openTestBus()), facts: () => factsOf(), ...asUs };
      expect((await listen(mine)).ok).toBe(false);
      expect(fs.readdirSync(folder.path)).toContain(name);
    }
    expect(fs.readdirSync(folder.path)).toHaveLength(2);
  });

  it('leads to a socket of mode 0600', async () => {
    const { folder, name } = await serve(scope);
    expect((fs.lstatSync(folder.at(name)).mode & 0o777).toString(8)).toBe('600');
  });
});

describe('owners that are processes of their own', () => {
  const programs = openScope();
  const program = { owner: '', screen: '', user: '' };
  beforeAll(async () => {
    program.owner = await bundle(programs, 'owner');
    program.screen = await bundle(programs, 'screen');
    program.user = await bundle(programs, 'user');
  });
  afterAll(programs.end);

  function startOwner(temp: string, ...args: string[]) {
    return run(scope, program.owner, args, null, { TMPDIR: temp });
  }

  it('are missed at once when they are killed, and another takes the same name', async () => {
    const folder = openTestFolder(scope);
    const temp = path.dirname(folder.path);
    const name = newSocketName(SESSION);
    const owner = startOwner(temp, name);
    const place = await owner.line();
    const door = await attachTo(scope, place);
    const waiting = door.query({ type: 'history' });
    await waiting;
    owner.child.kill('SIGKILL');
    const since = performance.now();
    expect(await door.lost).toEqual({ kind: 'died' });
    expect(performance.now() - since).toBeLessThan(2000);
    expect(await attach(place, asUs)).toMatchObject({ ok: false, problem: { why: 'It has ended.' } });
    expect(fs.readdirSync(folder.path)).toEqual([name]);

    expect(await startOwner(temp, name).line()).toBe(place);
    expect((await attachTo(scope, place)).facts.session).toBe(SESSION);
    expect(fs.readdirSync(folder.path)).toEqual([name]);
  });

  it('of which many take the name of a dead one: one gets it, and lives', async () => {
    const folder = openTestFolder(scope);
    const temp = path.dirname(folder.path);
    const name = newSocketName(SESSION);
    const first = startOwner(temp, name);
    await first.line();
    first.child.kill('SIGKILL');
    await first.ended();
    const contenders = await Promise.all(
      Array.from({ length: 8 }, () =>
        listen({ folder, name, door: doorOf(openTestBus()), facts: () => factsOf(), ...asUs }),
      ),
    );
    const winners = contenders.flatMap((one) => (one.ok ? [one.value] : []));
    for (const winner of winners) scope.add(() => winner.close('quit'));
    expect(winners).toHaveLength(1);
    expect(fs.readdirSync(folder.path)).toEqual([name]);
    expect(await listLive(folder, asUs)).toMatchObject([{ kind: 'answering', facts: { pid: process.pid } }]);
  });

  it('print 200 MB, while one screen hears all of it and a stopped one costs nothing and sees the same in the end', async () => {
    const folder = openTestFolder(scope);
    const owner = startOwner(path.dirname(folder.path));
    const place = await owner.line();
    const stopped = run(scope, program.screen, [place], null);
    expect(await stopped.line()).toBe('attached');
    const door = await attachTo(scope, place);
    const transcript = emptyTranscript();
    const { tell, until } = heard();
    let bytes = 0;
    let last = 0;
    let gaps = 0;
    door.subscribe(1, (event) => {
      if (event.seq !== last + 1) gaps += 1;
      last = event.seq;
      if (event.type === 'process.output') bytes += event.bytes.length;
      apply(transcript, event);
      tell();
    });
    await until(() => last === 3);
    const rss = async (): Promise<number> => Number((await door.query({ type: 'history' })).texts[0]);
    const more = async (): Promise<void> => {
      const wanted = last + 8;
      await door.command({ type: 'submit', text: 'more' });
      await until(() => last === wanted);
    };
    // What any flood costs is in the first of it.
    for (let half = 0; half < 40; half += 1) await more();
    stopped.child.kill('SIGSTOP');
    const before = await rss();
    for (let half = 0; half < 400; half += 1) await more();
    const after = await rss();
    expect([bytes, gaps]).toEqual([220 * 1024 * 1024, 0]);
    // 200 MiB of output are 267 MiB of frames. Without a stopped screen it grows by some 60 MB, too: what Node has not
    // given back yet of what it has long let go.
    expect(after - before).toBeLessThan(128 * 1024 * 1024);

    await door.command({ type: 'submit', text: 'end' });
    stopped.child.kill('SIGCONT');
    const [count = '', ...picture] = (await stopped.line()).split(' ');
    expect(picture.join(' ')).toBe(pictured(transcript));
    expect(Number(count)).toBeLessThan(1000);
    expect(await stopped.line()).toBe('ended');
  }, 120_000);

  // Real uids that nobody has: only root can become them.
  if (isRoot)
    describe('among other users', () => {
      const alice = 200_000 + process.pid * 2;
      const bob = alice + 1;

      it('let nobody else in, not even where their folder stands open, and not root', async () => {
        const temp = fs.mkdtempSync('/tmp/ipc-');
        scope.add(() => fs.rmSync(temp, { recursive: true, force: true }));
        fs.chmodSync(temp, 0o1777);
        const owner = run(scope, program.owner, [], alice, { TMPDIR: temp });
        const place = await owner.line();
        const tryAs = async (uid: number | null) =>
          JSON.parse(await run(scope, program.user, ['attach', place], uid).line());
        expect(fs.lstatSync(place).uid).toBe(alice);
        expect(await tryAs(alice)).toEqual({ attached: SESSION });
        const refusal = `${path.dirname(place)} belongs to another user (uid ${alice}).`;
        expect([await tryAs(bob), await tryAs(null)]).toEqual([
          { attached: null, why: refusal },
          { attached: null, why: refusal },
        ]);

        // The kernel keeps bob out; should it once not have done so, the proof does.
        const asBob = ['setpriv', `--reuid=${bob}`, `--regid=${bob}`, '--clear-groups'];
        expect(await spokenBy(asBob, place)).toBe('EACCES');
        fs.chmodSync(path.dirname(place), 0o777);
        fs.chmodSync(place, 0o777);
        expect(codeOf(await spokenBy(asBob, place))).toBe('not_proven');
        // Root reaches everything, and is told the same.
        expect(codeOf(await spokenBy(['env'], place))).toBe('not_proven');
      });

      /** What somebody hears last who connects and makes the file, as any program can. */
      async function spokenBy(become: readonly string[], place: string): Promise<string> {
        const script = `
        const { connect } = require('node:net');
        const { writeFileSync } = require('node:fs');
        const socket = connect(process.argv[1]);
        let said = '';
        socket.on('connect', () => socket.write(${JSON.stringify(HELLO)}));
        socket.on('error', (error) => { said = error.code; });
        socket.on('data', (chunk) => {
          said = String(chunk).trim();
          const challenge = /"challenge":"([^"]+)"/.exec(said);
          if (challenge === null) return;
          writeFileSync(process.argv[1].replace(/[^/]*$/, challenge[1]), '');
          socket.write('{"t":"proof"}\\n');
        });
        socket.on('close', () => console.log(said));
      `;
        const [file = '', ...args] = [...become, process.execPath, '-e', script, place];
        const { stdout } = await promisify(execFile)(file, args, { cwd: '/' });
        return stdout.trim();
      }
    });
});
