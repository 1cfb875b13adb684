import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCodex } from '../support/exec.ts';
import { call, say, startModelServer } from '../support/model-server.ts';
import { openPlace, type Place, type ProgramOptions, programsOfATest } from '../support/program.ts';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789';
const ends: (() => unknown)[] = [];
const programs = programsOfATest();

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function place(): Place {
  const made = openPlace();
  ends.push(() => made.remove());
  return made;
}

const file = ({ codexHome }: Place): string => path.join(codexHome, 'auth.json');

/** Names of the files in which it is. */
function holdersOf(key: string, { home }: Place): string[] {
  return readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(path.join(entry.parentPath, entry.name)).includes(key))
    .map(({ name }) => name);
}

describe('codex login', () => {
  it('stores the key from stdin, says which one it is, and forgets it again', async () => {
    const here = place();
    expect(await runCodex({ args: ['login', 'status'], place: here })).toMatchObject({ code: 1, stdout: '' });
    const stored = await runCodex({ args: ['login', '--with-api-key'], place: here, input: `  ${KEY}\n` });
    expect(stored).toMatchObject({ code: 0, stderr: '' });
    expect(stored.stdout).not.toContain(KEY);
    expect(statSync(file(here)).mode & 0o777).toBe(0o600);
    const status = await runCodex({ args: ['login', 'status'], place: here });
    expect(status.stdout).toMatch(/^Logged in with an API key: sk-proj-\*\*\*56789 \(.*auth\.json\)\n$/);
    expect(await runCodex({ args: ['logout'], place: here })).toMatchObject({
      code: 0,
      stdout: 'Logged out: the API key is gone.\n',
    });
    expect((await runCodex({ args: ['login', 'status'], place: here })).code).toBe(1);
  });

  it('never takes the key as an argument, nor repeats it', async () => {
    for (const args of [
      ['login', KEY],
      ['login', '--with-api-key', KEY],
      ['logout', KEY],
    ]) {
      const ran = await runCodex({ args, place: place() });
      expect(ran.code).toBe(2);
      expect(ran.stderr + ran.stdout).not.toContain(KEY);
    }
  });

  it.each(['', ' \n', 'two\nlines', 'x'.repeat(100_000)])('takes nothing that is no key', async (input) => {
    const ran = await runCodex({ args: ['login', '--with-api-key'], place: place(), input });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/no API key|more than a key/);
  });

  it('gives the key to the server alone: no command, no record and no line of output has it', async () => {
    const here = place();
    const server = await startModelServer([
      call('exec_command', { cmd: 'env; cat "$CODEX_HOME/auth.json" ~/.codex/auth.json; cat /proc/$PPID/environ' }),
      say('Done.'),
    ]);
    ends.push(() => server.close());
    here.configure(`openai_base_url = "${server.url}"\n`);
    await runCodex({ args: ['login', '--with-api-key'], place: here, input: KEY });
    const ran = await runCodex({ args: ['exec', '--skip-git-repo-check', '--json', 'go'], place: here });
    expect(ran.code).toBe(0);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    expect(ran.stdout + ran.stderr).not.toContain(KEY);
    expect(JSON.stringify(server.requests.map(({ body }) => body))).not.toContain(KEY);
    expect(JSON.stringify(server.requests[1]?.body.input)).toContain('PATH=');
    const doctor = await runCodex({ args: ['doctor', '--json'], place: here });
    expect(doctor.stdout + doctor.stderr).not.toContain(KEY);
    expect(holdersOf(KEY, here)).toEqual(['auth.json']);
  });

  it('gives one that is written in the configuration to the server alone, too', async () => {
    const here = place();
    const server = await startModelServer([
      call('exec_command', { cmd: 'env; cat /proc/$PPID/environ' }),
      say('Done.'),
    ]);
    ends.push(() => server.close());
    const table = `[model_providers.mine]\nbase_url = "${server.url}"\nexperimental_bearer_token = "${KEY}"\n`;
    here.configure(`model = "m"\nmodel_provider = "mine"\n${table}`);
    const ran = await runCodex({ args: ['exec', '--skip-git-repo-check', '--json', 'go'], place: here });
    const explained = await runCodex({ args: ['config', 'explain', 'model_providers', '--json'], place: here });
    const doctor = await runCodex({ args: ['doctor', '--json'], place: here });
    expect(ran.code).toBe(0);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    for (const { stdout, stderr } of [ran, doctor, explained]) expect(stdout + stderr).not.toContain(KEY);
    expect(JSON.stringify(server.requests.map(({ body }) => body))).not.toContain(KEY);
    expect(holdersOf(KEY, here)).toEqual(['config.toml']);
  });

  it('is not used while others can read it', async () => {
    const here = place();
    await runCodex({ args: ['login', '--with-api-key'], place: here, input: KEY });
    chmodSync(file(here), 0o644);
    const ran = await runCodex({ args: ['exec', '--skip-git-repo-check', 'go'], place: here });
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain(`chmod 600 ${file(here)}`);
    expect(readFileSync(file(here), 'utf8')).toContain(KEY);
  });
});

describe('codex login on a terminal', () => {
  const onTerminal = (more: ProgramOptions = {}) =>
    programs.open({
      args: ['login'],
      wrapper: ['bash', '-c', '"$0" "$@"; echo "code $?"; stty; echo end; cat'],
      ...more,
    });

  it('asks for the key, shows nothing of it, and leaves the terminal as it was', async () => {
    const program = onTerminal();
    await program.waitFor('API key (it is not shown):');
    program.send(`wrong\u0015${KEY}\rthe rest of a paste\r`);
    await program.waitFor(/The API key is stored in ~\/\.codex\/auth\.json/);
    await program.waitFor('code 0');
    await program.waitFor(/^end$/m);
    program.send('typed\n');
    await program.waitFor(/typed\s+typed/);
    expect(program.text()).not.toMatch(/-echo\b|-icanon|-isig|rest of a paste/);
    expect(program.bytes().toString()).not.toContain(KEY.slice(8, 20));
    expect(JSON.parse(readFileSync(file(program.place), 'utf8')).OPENAI_API_KEY).toBe(KEY);
    expect(statSync(file(program.place)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['\u0003', 'code 130'],
    ['\u0004', 'No API key was typed.'],
    ['two words\r', 'This is no API key.'],
  ])('stores nothing when %j comes, and the terminal is sane', async (keys, told) => {
    const program = onTerminal({ args: ['login', '--with-api-key'] });
    await program.waitFor('API key (it is not shown):');
    program.send(keys);
    await program.waitFor(told);
    await program.waitFor(/^end$/m);
    program.send('typed\n');
    await program.waitFor(/typed\s+typed/);
    expect(program.text()).not.toMatch(/-echo\b|-icanon|-isig/);
    expect(existsSync(file(program.place))).toBe(false);
  });

  it('is sane also when it is ended from outside', async () => {
    const program = onTerminal({
      wrapper: ['bash', '-c', '(echo "pid $BASHPID"; exec "$0" "$@"); stty; echo end; cat'],
    });
    await program.waitFor('API key (it is not shown):');
    process.kill(Number(/pid (\d+)/.exec(program.text())?.[1]), 'SIGTERM');
    await program.waitFor(/^end$/m);
    expect(program.text()).not.toMatch(/-echo\b|-icanon|-isig/);
  });

  it('says how without a terminal', async () => {
    const ran = await runCodex({ args: ['login'], place: place() });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('codex login --with-api-key');
  });
});
