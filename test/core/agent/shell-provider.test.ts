import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  changedDirectory,
  createShellProvider,
  functionCallOutput,
  type ModelEvent,
  type ResponseItem,
  userMessage,
} from '../../../src/core/agent/index.ts';
import { reportingDirectory } from '../../../src/core/agent/shell-provider.ts';

async function respond(input: readonly ResponseItem[], environments: readonly string[] = []): Promise<ModelEvent[]> {
  const provider = createShellProvider(() => 'call_1');
  const events: ModelEvent[] = [];
  const stream = provider.respond({ instructions: '', input, tools: [], environments }, new AbortController().signal);
  for await (const event of stream) events.push(event);
  return events;
}

describe('without a model', () => {
  it('what a person typed becomes one command with a terminal, exactly as it was typed', async () => {
    const events = await respond([userMessage('echo old'), functionCallOutput('c', ''), userMessage('  ls -l "a b" ')]);
    expect(events).toEqual([
      {
        type: 'item',
        id: 'call_1',
        item: {
          type: 'function_call',
          name: 'exec_command',
          call_id: 'call_1',
          arguments: JSON.stringify({ cmd: '  ls -l "a b" ', tty: true }),
        },
      },
    ]);
  });

  it.each([
    ['@devbox ls -l', { cmd: 'ls -l', tty: true, environment: 'devbox' }],
    ['@devbox cd /srv', { cmd: 'cd /srv && pwd', tty: true, environment: 'devbox' }],
    ['@other ls', { cmd: '@other ls', tty: true }],
    ['@devbox', { cmd: '@devbox', tty: true }],
  ])('what begins with the name of a machine is for that one: %s', async (typed, expected) => {
    const [event] = await respond([userMessage(typed)], ['local', 'devbox']);
    expect(event).toMatchObject({ item: { arguments: JSON.stringify(expected) } });
  });

  it('nothing is left to do once it has run, or when it was blank', async () => {
    expect(await respond([userMessage('ls'), functionCallOutput('call_1', 'a')])).toEqual([]);
    expect(await respond([userMessage(' \n ')])).toEqual([]);
    expect(await respond([])).toEqual([]);
  });
});

describe('a change of folder', () => {
  it.each([
    'cd',
    'cd -',
    'cd ..',
    'cd /usr/share',
    'cd ~/src',
    'cd ~other',
    "cd 'a b'",
    'cd "a b/$HOME"',
    'cd a\\ b',
    'cd $HOME/x',
    'cd -- -dash',
    '  cd sub  ',
  ])('%s says where it arrived', (command) => {
    expect(reportingDirectory(command)).toBe(`${command.trim()} && pwd`);
  });

  it.each([
    'cd a b',
    'cd x; rm y',
    'cd x && ls',
    'cd x | cat',
    'cd $(pwd)',
    'cd `pwd`',
    'cd "$(pwd)"',
    'cdx',
    'cd x # why',
    'cd x\nls',
    "cd 'open",
    'cd x &',
    'cd x > y',
    '(cd x)',
  ])('%s is left as it is', (command) => {
    expect(reportingDirectory(command)).toBe(command);
  });

  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'codex-cd-')));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['cd "it is/here"', 'it is/here'],
    ['cd it\\ is/here/..', 'it is'],
    ['cd "$TARGET"', 'it is'],
    ['cd', ''],
    ['cd ~', ''],
    ['cd -', 'it is'],
  ])('%s, run by a real shell, is followed', (typed, where) => {
    mkdirSync(path.join(root, 'it is/here'), { recursive: true });
    const command = reportingDirectory(typed);
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: root,
      TARGET: path.join(root, 'it is'),
      OLDPWD: path.join(root, 'it is'),
    };
    const output = execFileSync('bash', ['-c', command], { cwd: root, env, encoding: 'utf8' });
    expect(changedDirectory(command, { code: 0 }, output.replaceAll('\n', '\r\n'))).toBe(path.join(root, where));
  });

  it('is believed only when it succeeded, and only of a command that is nothing else', () => {
    expect(changedDirectory('cd x && pwd', { code: 1 }, 'bash: cd: x: No such file or directory\n')).toBeNull();
    expect(changedDirectory('cat evil && pwd', { code: 0 }, '/somewhere\n')).toBeNull();
    expect(changedDirectory('cd x', { code: 0 }, '/somewhere\n')).toBeNull();
    expect(changedDirectory('cd x && pwd', { code: 0 }, 'noise from a profile\n/home/u/x\n')).toBe('/home/u/x');
  });
});
