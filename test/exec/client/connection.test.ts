import { describe, expect, it } from 'vitest';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { eventually } from '../machine.ts';
import { INFO } from './fake-server.ts';
import { connect, listen, problemOf, startParams, unwrap } from './listening.ts';
import { begin, client, cut, server, start } from './pair.ts';

describe('a connection that cannot be recovered', () => {
  const everyCall = () => [
    client.call('environment/status', null),
    client.call('process/terminate', { processId: 'p' }),
    client.startProcess(startParams('q'), listen().listener),
  ];

  it('has one text, which every process hears once and every later call gets at once', async () => {
    await begin();
    const one = await start('one');
    const two = await start('two');
    server.forgetSessions();
    cut();
    await Promise.all([one.heard.over, two.heard.over]);
    const text = expect.stringMatching(
      /^exec-server transport disconnected: ws:\/\/127\.0\.0\.1:\d+: .*; failed to resume exec-server session: exec-server rejected request \(-32600\): unknown session id .*$/,
    );
    expect(client.state()).toBe('failed');
    expect(client.failure()).toEqual({ kind: 'failed', message: text });
    for (const call of everyCall()) expect(problemOf(await call)).toEqual(client.failure());
    for (const { heard } of [one, two]) {
      expect(heard.problems).toEqual([client.failure()]);
      expect(heard.order).toEqual(['failed']);
    }
  });

  it('is given up after its time, and what waited fails', async () => {
    await begin({}, { recoveryMs: 60 });
    const { heard } = await start();
    await server.close();
    const waiting = client.call('environment/status', null);
    await heard.over;
    expect(heard.problems[0]?.message).toMatch(
      /; failed to resume exec-server session: recovery timed out after 0\.06s$/,
    );
    expect(problemOf(await waiting).kind).toBe('failed');
  });

  it('that ends with its session is not tried again', async () => {
    await begin();
    const once = await connect(server.url, { canResume: false });
    const heard = listen();
    unwrap(await once.startProcess(startParams('p'), heard.listener));
    cut();
    await heard.over;
    expect(once.failure()?.message).toMatch(/^exec-server transport disconnected: /);
    expect(server.callsOf('initialize').length).toBe(2);
  });

  it('is heard of by a process whose start was answered just before', async () => {
    await begin({
      program() {
        server.peers[0]?.socket.send('{');
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(heard.problems).toEqual([client.failure()]);
  });

  for (const [what, text] of [
    ['no JSON', '{'],
    ['an array', '[]'],
    ['an event that cannot be read', '{"method":"process/exited","params":{"processId":"p","seq":-1}}'],
    ['an answer to something unreadable', '{"error":{"code":-32600,"message":"failed to parse"},"id":-1}'],
  ] as const)
    it(`is one whose server sends ${what}`, async () => {
      await begin();
      server.peers[0]?.socket.send(text);
      await eventually(() => client.state() === 'failed', 'it has failed');
      expect(client.failure()?.message).toMatch(
        /^exec-server transport disconnected: the server does not keep to the protocol/,
      );
    });

  it('is closed from here at once, also while it is being recovered', async () => {
    await begin();
    const { heard } = await start();
    await server.close();
    await eventually(() => client.state() === 'recovering', 'the end is noticed');
    const waiting = client.call('environment/status', null);
    await client.close();
    await heard.over;
    expect(problemOf(await waiting).message).toBe('the connection to the server was closed');
  });
});

describe('a connection that is open', () => {
  it('and gives no sign of life is given up and recovered', async () => {
    await begin({}, { pingMs: 20 });
    const { heard, process } = await start();
    // It neither reads nor answers from now on.
    const peer = server.peers[0];
    peer?.socket.pause();
    const answer = client.call('environment/status', null);
    await eventually(() => client.state() === 'recovering', 'it is given up');
    peer?.cut();
    expect(unwrap(await answer).status).toBe('ready');
    process.out('x');
    await heard.until(() => heard.text() === 'x');
    expect(server.peers.length).toBeGreaterThan(1);
  });

  it('and gives signs of life is kept, however long a call takes', async () => {
    let answer: () => void = () => {};
    await begin(
      {
        intercept(call, peer) {
          if (call.method !== 'fs/readFile') return false;
          answer = () => peer.answer(call, { dataBase64: 'eA==' });
          return true;
        },
      },
      { pingMs: 5, callMs: 10 },
    );
    const read = client.call('fs/readFile', { path: pathUri('/x') });
    let pings = 0;
    await new Promise<void>((resolve) => {
      server.peers[0]?.socket.on('ping', () => ++pings === 8 && resolve());
    });
    answer();
    expect(unwrap(await read).dataBase64).toBe('eA==');
    expect(client.state()).toBe('connected');
  });

  it('has a deadline for every short call, and passes over an answer that comes after it', async () => {
    let late: () => void = () => {};
    await begin(
      {
        intercept(call, peer) {
          if (call.method !== 'fs/getMetadata') return false;
          late = () => peer.answer(call, {});
          return true;
        },
      },
      { callMs: 20 },
    );
    expect(problemOf(await client.call('fs/getMetadata', { path: pathUri('/x') })).message).toBe(
      'timed out waiting for the answer to fs/getMetadata after 0.02s',
    );
    late();
    expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
  });

  it('takes 1,024 calls at once, and a clean-up beyond them', async () => {
    const isMute = ({ method }: { method: string }): boolean => method === 'http/request' || method === 'process/start';
    await begin({ intercept: isMute }, { callMs: 300 });
    const requests = Array.from({ length: 1023 }, () => client.call('http/request', httpGet));
    const started = client.startProcess(startParams('p'), listen().listener);
    await eventually(() => server.callsOf('process/start').length === 1, 'the start is sent');
    expect(problemOf(await client.call('environment/status', null)).kind).toBe('full');
    // In the very turn in which the start gives its place back, another call takes it.
    const late = started.then((answer) => {
      requests.push(client.call('http/request', httpGet));
      return problemOf(answer).kind;
    });
    expect(await late).toBe('late');
    await eventually(() => server.callsOf('process/terminate').length === 1, 'the clean-up is sent');
    await client.close();
    for (const request of requests) expect((await request).ok).toBe(false);
  });

  it('of an older server is asked for its environment once, and what it does not say is not there', async () => {
    await begin({ info: null });
    expect(server.callsOf('environment/info').length).toBe(1);
    expect(client.info).toMatchObject({ shell: INFO.shell, userHomeDir: null, providerId: null });
    expect(client.info.capabilities.terminalResize).toBe(false);
    expect(client.info.capabilities.fsWatchMissing).toBe(true);
  });

  it('denies what a server asks', async () => {
    await begin();
    unwrap(await client.call('environment/status', null));
    const peer = server.peers[0];
    const answer = new Promise<string>((resolve) => peer?.socket.once('message', (data) => resolve(String(data))));
    peer?.socket.send('{"id":0,"method":"network/policyRequest","params":{}}');
    expect(JSON.parse(await answer)).toEqual({ id: 0, error: { code: -32601, message: 'not supported' } });
  });
});

const httpGet = {
  method: 'GET',
  url: 'http://127.0.0.1/',
  headers: [],
  requestId: 'r',
  streamResponse: false,
} as const;
