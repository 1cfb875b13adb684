// One turn without a screen: what is on stdout, what on stderr, what the model is told, and which exit code.

import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOf, runCodex } from '../support/exec.ts';
import {
  call,
  type ModelServer,
  respond,
  type Script,
  say,
  startModelServer,
  status,
  text,
  toolCall,
} from '../support/model-server.ts';
import { codexProgram, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

async function withModel(script: Script, more = ''): Promise<{ place: Place; server: ModelServer }> {
  const server = await startModelServer(script);
  tests.afterwards(() => server.close());
  const place = tests.place();
  place.configure(
    [
      'model = "test-model"',
      'model_provider = "loopback"',
      more,
      '[model_providers.loopback]',
      `base_url = "${server.url}"`,
      'request_max_retries = 0',
      '',
    ].join('\n'),
  );
  return { place, server };
}

/** What the model was told last: the text of the last message, or the output of the last call. */
function lastInput(server: ModelServer): string {
  const last = server.requests.at(-1)?.body.input?.at(-1);
  return JSON.stringify(last?.output ?? last?.content ?? '').replaceAll('\\n', '\n');
}

describe('codex exec PROMPT', () => {
  it('prints the answer on stdout and nothing else there; what was done is on stderr, without colours', async () => {
    const { place } = await withModel([
      respond(text('I look.'), toolCall('exec_command', { cmd: 'seq 100; printf "\\033[31mred\\033[0m\\n"' })),
      say('{"answer": 42}'),
    ]);
    const ran = await runCodex({ place, args: ['exec', 'what is it'] });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: '{"answer": 42}\n' });
    expect(ran.stderr).toMatch(/^codex \S+ · test-model · :workspace, no network · \S+ · session [0-9a-f]{6}\n/);
    expect(ran.stderr).toContain('I look.\n$ seq 100; printf');
    expect(ran.stderr).toMatch(/\n {2}5\n {2}… 86 lines left out\n {2}92\n/);
    expect(ran.stderr).toMatch(/✓ exit 0 · [\d.]+ s\ndone · 1 command/);
    expect(ran.stderr).not.toContain('\x1b');
    expect(ran.stderr).not.toMatch(/^ *42$/m);
  });

  it('paints what is on stderr where it is told to, and never the answer', async () => {
    const { place } = await withModel(() => say('\x1b]0;plain\x07'));
    const ran = await runCodex({ place, args: ['exec', '--color', 'always', 'hello'], env: { NO_COLOR: '1' } });
    expect(ran.stderr).toContain('\x1b[2mcodex ');
    expect(ran.stdout).toBe('\x1b]0;plain\x07\n');
  });

  it('takes the prompt from stdin, and adds what stdin holds to one that was typed', async () => {
    const { place, server } = await withModel(() => say('ok'));
    await runCodex({ place, args: ['exec'], input: 'from a pipe' });
    expect(lastInput(server)).toContain('"from a pipe"');
    await runCodex({ place, args: ['exec', '-'], input: 'from a dash' });
    expect(lastInput(server)).toContain('"from a dash"');
    await runCodex({ place, args: ['exec', 'look', 'at', 'this'], input: 'a\nb' });
    expect(lastInput(server)).toContain('look at this\n\n<stdin>\na\nb\n</stdin>');
    await runCodex({ place, args: ['exec', '--', '--json'], input: '' });
    expect(lastInput(server)).toContain('"--json"');
  });

  it.each([
    ['no prompt at all', [], '', 'There is no prompt'],
    ['a stdin that is no text', ['-'], Buffer.from([0xff, 0xfe, 0x00]), 'not text'],
    ['a sandbox mode that there is not', ['-s', 'open', 'x'], '', 'workspace-write'],
    ['two ways to say what may be touched', ['--yolo', '-s', 'read-only', 'x'], '', 'contradict'],
    ['a schema that is none', ['--output-schema', '/dev/null', 'x'], '', 'JSON schema'],
    ['a schema without an end', ['--output-schema', '/dev/zero', 'x'], '', 'larger than 1 MiB'],
    ['a folder for the answer that is not there', ['-o', 'no/such/file', 'x'], '', 'no/such'],
    ['a folder to write in without such a sandbox', ['-s', 'read-only', '--add-dir', '/', 'x'], '', '--add-dir'],
    ['a session that was not named', ['resume'], '', '--last'],
  ])('%s is a wrong command line: exit code 2, and no model is asked', async (_what, args, input, said) => {
    const { place, server } = await withModel(() => say('no'));
    const ran = await runCodex({ place, args: ['exec', ...args], input });
    expect({ code: ran.code, stdout: ran.stdout, asked: server.requests.length }).toEqual({
      code: 2,
      stdout: '',
      asked: 0,
    });
    expect(ran.stderr).toContain(said);
  });

  it('a configuration that cannot be relied on is said once, with exit code 78', async () => {
    const place = tests.place();
    place.configure('sandbox_mode = "opne"\n');
    const ran = await runCodex({ place, args: ['exec', 'x'] });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 78, stdout: '' });
    expect(ran.stderr.match(/opne/g)).toHaveLength(1);
  });

  it('ends with 1 when the turn failed, says why, and prints half an answer on stderr only', async () => {
    const { place } = await withModel((request) =>
      request.number === 0 ? respond(text('Half'), toolCall('exec_command', { cmd: 'true' })) : status(400),
    );
    const ran = await runCodex({ place, args: ['exec', 'x'] });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/Half[\s\S]*refused the request \(400\)/);
  });
});

describe('the answer in a file', () => {
  it('is there as a whole, through a link too, and the file is empty after a turn without one', async () => {
    const { place } = await withModel((request) => (request.number === 0 ? say('The answer') : status(400)));
    const file = path.join(place.workspace, 'answer');
    writeFileSync(file, 'old', { mode: 0o640 });
    symlinkSync('answer', path.join(place.workspace, 'link'));
    expect((await runCodex({ place, args: ['exec', '-o', 'link', 'x'] })).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('The answer');
    expect(lstatSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(place.workspace).sort()).toEqual(['answer', 'link']);
    const failed = await runCodex({ place, args: ['exec', '-o', 'answer', 'x'] });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('answer is empty');
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('has the form that a schema asks for', async () => {
    const { place, server } = await withModel(() => say('{"n":1}'));
    const schema = {
      type: 'object',
      properties: { n: { type: 'number' } },
      required: ['n'],
      additionalProperties: false,
    };
    writeFileSync(path.join(place.workspace, 'schema.json'), JSON.stringify(schema));
    expect((await runCodex({ place, args: ['exec', '--output-schema', 'schema.json', 'x'] })).stdout).toBe('{"n":1}\n');
    const format = { type: 'json_schema', strict: true, schema };
    expect(server.requests[0]?.body.text).toMatchObject({ format });
    const script = 'exec "$0" exec --output-schema <(cat schema.json) x';
    const substituted = spawn('bash', ['-c', script, codexProgram], { cwd: place.workspace, env: place.env });
    substituted.stdin.end();
    expect(await endOf(substituted)).toMatchObject({ code: 0, stdout: '{"n":1}\n' });
    expect(server.requests[1]?.body.text).toMatchObject({ format });
  });
});

describe('where nobody can be asked', () => {
  it('what is blocked stays blocked, the model is told so, and the turn goes on', async () => {
    const { place, server } = await withModel((request) =>
      request.number === 0 ? call('exec_command', { cmd: `echo x > ${place.outside}/made` }) : say('It was blocked.'),
    );
    const ran = await runCodex({ place, args: ['exec', 'x'] });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: 'It was blocked.\n' });
    expect(ran.stderr).toMatch(/⊘ blocked by the sandbox: create \S+\/outside\/made/);
    expect(lastInput(server)).toMatch(
      /Blocked by the sandbox: create .*made[\s\S]*Nobody was asked \(the approval policy allows no question\)/,
    );
    expect(server.requests[0]?.body.instructions).toContain('Nobody can be asked in this session');
    expect(existsSync(path.join(place.outside, 'made'))).toBe(false);
  });

  it.each([
    ['a run without the sandbox', 'on-request', { sandbox_permissions: 'require_escalated', justification: 'why' }],
    ['a command that would be asked about', 'untrusted', {}],
  ])('%s is refused at once, whatever the policy', async (_what, policy, more) => {
    const { place, server } = await withModel((request) =>
      request.number === 0 ? call('exec_command', { cmd: 'echo x > ran', ...more }) : say('Over.'),
    );
    const ran = await runCodex({ place, args: ['exec', '-a', policy, 'x'] });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: 'Over.\n' });
    expect(lastInput(server)).toMatch(/Not run: nobody can be asked in this session whether this command may run/);
    expect(server.requests[0]?.body.instructions).toContain('Nobody can be asked in this session');
    expect(ran.stderr).toContain('refused by policy');
    expect(existsSync(path.join(place.workspace, 'ran'))).toBe(false);
  });

  it('a configuration that asks before each command is not loosened', async () => {
    const { place } = await withModel(
      (request) => (request.number === 0 ? call('exec_command', { cmd: 'echo x > ran' }) : say('Over.')),
      'approval_policy = "untrusted"',
    );
    await runCodex({ place, args: ['exec', 'x'] });
    expect(existsSync(path.join(place.workspace, 'ran'))).toBe(false);
  });

  it('a further folder is written where it was named, and everything with the bypass', async () => {
    const { place } = await withModel((request) =>
      request.number % 2 === 0
        ? call('exec_command', { cmd: `echo ${request.number} > ${place.outside}/made` })
        : say('ok'),
    );
    const made = path.join(place.outside, 'made');
    await runCodex({ place, args: ['exec', '--add-dir', place.outside, 'x'] });
    expect(readFileSync(made, 'utf8')).toBe('0\n');
    await runCodex({ place, args: ['exec', '--yolo', 'x'] });
    expect(readFileSync(made, 'utf8')).toBe('2\n');
  });
});

describe('without a model', () => {
  const shell = (): Place => {
    const place = tests.place();
    place.configure('model_provider = "shell"\n');
    return place;
  };

  it('the prompt is a command: its output, byte for byte, and its exit code', async () => {
    const place = shell();
    const ran = await runCodex({ place, args: ['exec', 'printf "a\\0b\\033[1m\\n"; echo err >&2; exit 7'] });
    expect(ran).toEqual({ code: 7, stdout: 'a\0b\x1b[1m\n', stderr: 'err\n' });
  });

  it('a flood arrives whole', async () => {
    const place = shell();
    const ran = await runCodex({ place, args: ['exec', 'seq 400000'] });
    expect(ran.code).toBe(0);
    const lines = ran.stdout.split('\n');
    expect([lines.length, lines[0], lines[200_000], lines[399_999]]).toEqual([400_001, '1', '200001', '400000']);
  });

  it('is said where nobody chose it, and a shell is never given what only a model can do', async () => {
    const place = tests.place();
    const ran = await runCodex({ place, args: ['exec', 'echo hi'] });
    expect(ran.stdout).toBe('hi\n');
    expect(ran.stderr).toContain('No model is set up, so the prompt runs as a command.');
    mkdirSync(path.join(place.workspace, '.git'));
    for (const args of [['review'], ['exec', '-m', 'some-model', 'echo hi > made']]) {
      const refused = await runCodex({ place, args });
      expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 78, stdout: '' });
      expect(refused.stderr).toContain('No model is set up.');
    }
    expect(existsSync(path.join(place.workspace, 'made'))).toBe(false);
  });

  it('a stdout that cannot be written is a failure, not a reader that left', async () => {
    const place = shell();
    const ran = await runCodex({
      place,
      args: ['exec', `${codexProgram} exec --json true > /dev/full; echo $?`, '--yolo'],
    });
    expect(ran.stdout).toBe('1\n');
    expect(ran.stderr).toContain('ENOSPC');
  });

  it('a denial is 77, and a sandbox that cannot start 125', async () => {
    const place = tests.place();
    const denied = await runCodex({ place, args: ['exec', `echo x > ${place.outside}/made`] });
    expect(denied.code).toBe(77);
    expect(denied.stderr).toMatch(/blocked by the sandbox: create/);
    const unable = await runCodex({ place, args: ['exec', 'echo x'], env: { PATH: place.pathWithoutBubblewrap() } });
    expect({ code: unable.code, stdout: unable.stdout }).toEqual({ code: 125, stdout: '' });
    expect(unable.stderr).toContain('bubblewrap');
  });
});

describe('earlier sessions', () => {
  it('go on with one more turn, by name or as the last one; a fork leaves the first as it was', async () => {
    const { place, server } = await withModel((request) => say(`answer ${request.number}`));
    await runCodex({ place, args: ['exec', 'first'] });
    const [record = ''] = place.records();
    const id = path.basename(record, '.jsonl').slice(-6);
    expect((await runCodex({ place, args: ['exec', 'resume', '--last', 'second'] })).stdout).toBe('answer 1\n');
    expect(JSON.stringify(server.requests[1]?.body.input)).toMatch(/first.*answer 0.*second/);
    expect((await runCodex({ place, args: ['exec', 'resume', id, '-'], input: 'third' })).stdout).toBe('answer 2\n');
    expect(place.records()).toHaveLength(1);
    const before = readFileSync(record, 'utf8');
    expect((await runCodex({ place, args: ['exec', 'fork', id, 'other way'] })).stdout).toBe('answer 3\n');
    expect(JSON.stringify(server.requests[3]?.body.input)).toMatch(/first.*second.*third.*other way/);
    expect(place.records()).toHaveLength(2);
    expect(readFileSync(record, 'utf8')).toBe(before);
    const missing = await runCodex({ place, args: ['exec', 'resume', 'abcdef', 'x'] });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('no session "abcdef"');
  });

  it('--ephemeral leaves nothing behind', async () => {
    const { place } = await withModel(() => say('ok'));
    expect((await runCodex({ place, args: ['exec', '--ephemeral', 'x'] })).stderr).toContain('not recorded');
    expect(place.records()).toEqual([]);
  });
});

describe('codex review', () => {
  it('asks for findings about the changes that were named, where nothing can be written', async () => {
    const { place, server } = await withModel(() => say('Verdict: correct'));
    const lost = await runCodex({ place, args: ['review'] });
    expect(lost.code).toBe(2);
    expect(lost.stderr).toContain('git repository');
    await runCodex({ place, args: ['sandbox', '-P', ':danger-full-access', '--', 'git', 'init', '-q'] });
    const asked = async (...args: string[]): Promise<string> => {
      const ran = await runCodex({ place, args });
      expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 0, stdout: 'Verdict: correct\n' });
      expect(ran.stderr).toContain(':read-only');
      return lastInput(server);
    };
    expect(await asked('review')).toContain('git diff HEAD');
    expect(await asked('review', '--base', 'main', 'mind the locks')).toMatch(
      /merge-base HEAD main[\s\S]*mind the locks/,
    );
    expect(await asked('exec', 'review', '--commit', 'abc123', '--title', 'Fix it')).toMatch(
      /commit abc123 \(.*Fix it/,
    );
    const both = await runCodex({ place, args: ['review', '--uncommitted', '--base', 'main'] });
    expect(both.code).toBe(2);
  });
});
