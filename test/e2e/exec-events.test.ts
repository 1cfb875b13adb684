// `codex exec --json` and what ends a run early: a slow reader, one that left, signals.

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { describe, expect, it } from 'vitest';
import { endOf, printed, runCodex, startCodex } from '../support/exec.ts';
import {
  call,
  type ModelServer,
  respond,
  type Script,
  say,
  stall,
  startModelServer,
  text,
  toolCall,
} from '../support/model-server.ts';
import { codexProgram, eventually, type Place, programsOfATest, recordsIn } from '../support/program.ts';

const tests = programsOfATest();
const root = path.join(import.meta.dirname, '../..');

interface Event {
  readonly seq: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

async function withModel(script: Script): Promise<{ place: Place; server: ModelServer }> {
  const server = await startModelServer(script);
  tests.afterwards(() => server.close());
  const place = tests.place();
  place.configure(
    `model = "test-model"\nmodel_provider = "loopback"\n[model_providers.loopback]\nbase_url = "${server.url}"\n`,
  );
  return { place, server };
}

function eventsIn(stdout: string): Event[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Event => JSON.parse(line));
}

function areGapless(events: readonly Event[]): boolean {
  const [first] = events;
  return events.every(({ seq }, index) => seq === (first?.seq ?? 0) + index);
}

/** Whether such a process lives: each test uses a number of its own. */
function isRunning(mark: string): boolean {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(`sleep ${mark}`);
}

describe('codex exec --json', () => {
  it('prints one event a line, each as the published schema has it', async () => {
    const { place } = await withModel((request) => {
      if (request.number === 0)
        return respond(text('I look.'), toolCall('exec_command', { cmd: 'printf "\\377\\000é"; exit 3' }));
      if (request.number === 1) return call('exec_command', { cmd: `echo x > ${place.outside}/made` });
      if (request.number === 2)
        return call('exec_command', { cmd: 'true', sandbox_permissions: 'require_escalated', justification: 'why' });
      return say('Over.');
    });
    const ran = await runCodex({ place, args: ['exec', '--json', '-a', 'on-request', 'x'] });
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
    const events = eventsIn(ran.stdout);
    const schema = JSON.parse(readFileSync(path.join(root, 'docs/events.schema.json'), 'utf8'));
    const isValid = new AjvJsonSchemaValidator().getValidator(schema);
    for (const event of events) expect(isValid(event)).toMatchObject({ valid: true });
    expect(isValid({ ...events[0], cwd: 7 }).valid).toBe(false);
    expect(isValid({ ...events[0], type: 'session.invented' }).valid).toBe(false);
    expect(areGapless(events)).toBe(true);
    expect(events[0]?.seq).toBe(1);
    const types = new Set(events.map(({ type }) => type));
    for (const type of [
      'session.opened',
      'turn.started',
      'message.added',
      'answer.completed',
      'call.started',
      'process.started',
      'process.closed',
      'question.opened',
      'question.decided',
      'call.answered',
      'turn.ended',
      'session.ended',
    ])
      expect(types).toContain(type);
    const output = events.find(({ type }) => type === 'process.output');
    expect(output?.bytes).toEqual({ $b: Buffer.from('\xff\0Ã©', 'latin1').toString('base64') });
    expect(events.find(({ type }) => type === 'question.decided')).toMatchObject({ by: 'policy', decision: 'refused' });
  });

  it('has a schema that is made from the contract and up to date', () => {
    expect(execFileSync('node', ['scripts/event-schema.mjs', '--check'], { cwd: root, encoding: 'utf8' })).toBe('');
  });

  it('tells of a resumed session only what is new', async () => {
    const { place } = await withModel((request) => say(`answer ${request.number}`));
    await runCodex({ place, args: ['exec', 'first'] });
    const ran = await runCodex({ place, args: ['exec', 'resume', '--last', '--experimental-json', 'second'] });
    const events = eventsIn(ran.stdout);
    expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['session.opened', 'session.resumed', 'turn.started']);
    expect(ran.stdout).not.toContain('answer 0');
    expect(ran.stdout).toContain('answer 1');
  });

  it('keeps every event for a reader that begins when all is over', async () => {
    const place = tests.place();
    const child = startCodex({ place, args: ['exec', '--json', 'seq 300000; exit 5'] });
    child.stdout.pause();
    await eventually(
      () => place.records().some((file) => recordsIn(file).some(({ type }) => type === 'codex_ts.closed')),
      'the command is over',
    );
    child.stdout.resume();
    const ran = await endOf(child);
    expect(ran.code).toBe(5);
    const events = eventsIn(ran.stdout);
    expect(areGapless(events)).toBe(true);
    expect(events.at(-1)?.type).toBe('session.ended');
    expect(events.find(({ type }) => type === 'process.closed')).toMatchObject({ bytes: 1_988_895, lines: 300_000 });
  });

  it('ends quietly and in order when its reader leaves, and takes its commands along', async () => {
    const { place } = await withModel([call('exec_command', { cmd: 'echo on; sleep 0.2; echo and on; sleep 761001' })]);
    const shell = spawn(
      'bash',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
      ['-c', '"$0" exec --json x < /dev/null | head -n 6 > /dev/null; echo "${PIPESTATUS[0]}"', codexProgram],
      { cwd: place.workspace, env: { ...place.env } },
    );
    const ran = await endOf(shell);
    expect(ran).toEqual({ code: 0, stdout: '141\n', stderr: '' });
    expect(isRunning('761001')).toBe(false);
    const [record = ''] = place.records();
    expect(recordsIn(record).at(-1)).toMatchObject({ type: 'codex_ts.end', payload: { reason: 'quit' } });
  });
});

describe('a signal', () => {
  it('SIGINT interrupts the turn in order: 130, half an answer on stderr, nothing left running', async () => {
    const { place, server } = await withModel([
      call('exec_command', {
        cmd: 'trap "echo told; exit 0" INT; echo on; sleep 761002 & wait',
        yield_time_ms: 30_000,
      }),
      stall(),
    ]);
    const child = startCodex({ place, args: ['exec', '--json', 'x'] });
    await printed(child.stdout, /process\.output/);
    child.kill('SIGINT');
    const ran = await endOf(child);
    expect({ code: ran.code, stderr: ran.stderr, asked: server.requests.length }).toEqual({
      code: 130,
      stderr: '',
      asked: 1,
    });
    const types = eventsIn(ran.stdout).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['turn.ended', 'session.ended']);
    expect(ran.stdout).toContain(Buffer.from('told\n').toString('base64'));
    expect(isRunning('761002')).toBe(false);
  });

  it('a second SIGINT does not wait for a command that ignores the first', async () => {
    const { place } = await withModel([
      call('exec_command', { cmd: 'trap "" INT TERM; echo on; sleep 761003; sleep 761003' }),
    ]);
    const child = startCodex({ place, args: ['exec', '--json', 'x'] });
    await printed(child.stdout, /process\.output/);
    child.kill('SIGINT');
    await printed(child.stdout, /process\.signalled/);
    const began = performance.now();
    child.kill('SIGINT');
    expect((await endOf(child)).code).toBe(130);
    // The ladder alone would take more than that.
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(isRunning('761003')).toBe(false);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the run and its commands at once: %i', async (signal, code) => {
    const { place } = await withModel([call('exec_command', { cmd: 'echo on; sleep 761004' })]);
    const child = startCodex({ place, args: ['exec', '--json', 'x'] });
    await printed(child.stdout, /process\.output/);
    child.kill(signal);
    const ran = await endOf(child);
    expect(ran.code).toBe(code);
    expect(eventsIn(ran.stdout).at(-1)).toMatchObject({ type: 'session.ended', reason: 'signal' });
    expect(isRunning('761004')).toBe(false);
  });

  it('is not held up by a reader that does not read', async () => {
    const place = tests.place();
    const child = startCodex({ place, args: ['exec', 'seq 10000000; sleep 761005'] });
    child.stdout.pause();
    await eventually(() => isRunning('761005'), 'the flood is over');
    child.kill('SIGTERM');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(143);
    expect(isRunning('761005')).toBe(false);
  });
});
