// Hooks as a person writes them: real programs that deny, hang, flood, crash and leave others behind.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config/index.ts';
import { type Hooks, openHooks, type ToolFacts, type TurnFacts } from '../../../src/core/hooks/index.ts';
import { isMatched } from '../../../src/core/hooks/matcher.ts';
import { loadPtyDriver } from '../../../src/exec/engine/pty.ts';
import type { Problem } from '../../../src/problem/index.ts';

let folder: string;
let opened: Hooks[];
let reports: Problem[];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), 'codex-hooks-'));
  opened = [];
  reports = [];
});

afterEach(async () => {
  for (const hooks of opened) await hooks.close(0);
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly keyNames?: readonly string[];
  readonly writableFolders?: readonly string[];
}

function hooksOf(toml: string, around: Around = {}): Hooks {
  const { config, problems } = readConfig(toml, 'config.toml');
  expect(problems).toEqual([]);
  const hooks = openHooks({
    config,
    env: { PATH: process.env.PATH ?? '', HOME: folder },
    keyNames: [],
    shell: '/bin/sh',
    home: folder,
    client: 'codex',
    writableFolders: [],
    report: (problem) => void reports.push(problem),
    ...around,
  });
  opened.push(hooks);
  return hooks;
}

/** A program beside the test, found by its whole path. */
function program(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text, { mode: 0o755 });
  return file;
}

function asking(script: string, further = ''): string {
  const file = program(`hook-${fs.readdirSync(folder).length}.sh`, `#!/bin/sh\n${script}\n`);
  return `[[hooks.PreToolUse]]\n${further}\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = "${file}"\ntimeout = 2\n`;
}

const SESSION = { session: 's1', turn: 't1', model: 'm', mode: 'default', transcript: null } as const;

function tool(command = 'rm -rf /', over: Partial<ToolFacts> = {}): ToolFacts {
  return { ...SESSION, cwd: folder, call: 'c1', tool: 'Bash', aliases: [], input: { command }, ...over };
}

function turn(over: Partial<TurnFacts> = {}): TurnFacts {
  return { ...SESSION, cwd: folder, inputMessages: ['do it'], lastAssistantMessage: 'done', ...over };
}

const going = (): AbortSignal => new AbortController().signal;

async function appears(file: string): Promise<string> {
  for (;;) {
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8').endsWith('\n')) return fs.readFileSync(file, 'utf8');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until nobody has this pid, or only a zombie. */
async function goes(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
      if (/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))) return;
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a hook before a command', () => {
  it('that denies with exit code 2 gives the reason it prints', async () => {
    const hooks = hooksOf(asking('echo "not on my watch" >&2; exit 2'));
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'deny', reason: 'not on my watch' });
    expect(reports).toEqual([]);
  });

  it.each([
    [
      '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no"}}',
      'no',
    ],
    ['{"decision":"block","reason":"never"}', 'never'],
    ['{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny"}}', 'no reason was given'],
    ['{"hookSpecificOutput":{"permissionDecision":"allow","updatedInput":{"command":"ls"}}}', 'something else'],
  ])('that answers %s denies', async (answer, reason) => {
    const hooks = hooksOf(asking(`echo '${answer}'`));
    const verdict = await hooks.beforeCommand(tool(), going());
    expect(verdict).toEqual({ kind: 'deny', reason: expect.stringContaining(reason) });
  });

  it('is told what is published, on its input', async () => {
    const hooks = hooksOf(asking('cat > "$HOME/said"; echo >> "$HOME/said"'));
    expect(await hooks.beforeCommand(tool('echo "ü"'), going())).toEqual({ kind: 'go_on' });
    expect(JSON.parse(fs.readFileSync(path.join(folder, 'said'), 'utf8'))).toEqual({
      session_id: 's1',
      turn_id: 't1',
      transcript_path: null,
      cwd: folder,
      hook_event_name: 'PreToolUse',
      model: 'm',
      permission_mode: 'default',
      tool_name: 'Bash',
      tool_input: { command: 'echo "ü"' },
      tool_use_id: 'c1',
    });
  });

  it('is asked for the tools it is meant for, and for no other', async () => {
    const hooks = hooksOf(asking('echo no >&2; exit 2', 'matcher = "Bash|Write"'));
    expect(await hooks.beforeCommand(tool('', { tool: 'Bash' }), going())).toMatchObject({ kind: 'deny' });
    expect(await hooks.beforeCommand(tool('', { tool: 'mcp__a__b' }), going())).toEqual({ kind: 'go_on' });
    const patch = tool('', { tool: 'apply_patch', aliases: ['Write', 'Edit'] });
    expect(await hooks.beforeCommand(patch, going())).toMatchObject({ kind: 'deny' });
  });

  it('that hangs stops nothing after its time, and is killed with what it started', async () => {
    const hooks = hooksOf(asking('sleep 600 & echo $! > "$HOME/pid"; wait').replace('timeout = 2', 'timeout = 1'));
    const startedAt = performance.now();
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(performance.now() - startedAt).toBeLessThan(1900);
    expect(reports).toMatchObject([{ what: expect.stringContaining('did not end in 1 seconds') }]);
    await goes(Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8')));
  });

  it('that ends and leaves others behind takes them along, and is not waited for because of them', async () => {
    const hooks = hooksOf(asking('sleep 600 & echo $! > "$HOME/pid"; echo no >&2; exit 2'));
    const startedAt = performance.now();
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'deny', reason: 'no' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await goes(Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8')));
  });

  it('whose streams are held by a program that left its group is not waited for', async () => {
    const hooks = hooksOf(asking('setsid sleep 600 & echo $! > "$HOME/pid"; echo no >&2; exit 2'));
    const startedAt = performance.now();
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'deny', reason: 'no' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
    process.kill(Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8')), 'SIGKILL');
  });

  it('that floods is read to its end, and 64 KiB of it are kept', async () => {
    const hooks = hooksOf(asking('head -c 30000000 /dev/zero | tr "\\\\0" x >&2; exit 2'));
    const verdict = await hooks.beforeCommand(tool(), going());
    expect(verdict.kind).toBe('deny');
    expect(verdict.kind === 'deny' ? verdict.reason.length : 0).toBeLessThan(4100);
  });

  it('that does not read its input gets a large command all the same', async () => {
    const hooks = hooksOf(asking('exec 0<&-; echo no >&2; exit 2'));
    expect(await hooks.beforeCommand(tool('x'.repeat(4_000_000)), going())).toEqual({ kind: 'deny', reason: 'no' });
  });

  it.each([
    ['crashes', 'kill -SEGV $$', 'exit code 139'],
    ['fails', 'exit 7', 'exit code 7'],
    ['answers garbage', 'echo "{not json"', 'JSON'],
    ['answers another document', `echo '{"decision": 5}'`, 'JSON'],
    ['asks', `echo '{"hookSpecificOutput":{"permissionDecision":"ask"}}'`, '"ask"'],
  ])('that %s stops nothing and is told once', async (_how, script, why) => {
    const hooks = hooksOf(asking(script));
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(reports).toMatchObject([{ what: expect.stringContaining(why) }]);
  });

  it('that is not there stops nothing and is told once', async () => {
    const toml = '[[hooks.PreToolUse]]\n[[hooks.PreToolUse.hooks]]\ntype = "command"\ncommand = "/no/such/program"\n';
    const hooks = hooksOf(toml);
    for (let times = 0; times < 3; times += 1)
      expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(reports).toMatchObject([{ what: expect.stringContaining('exit code 127') }]);
  });

  it('is told which folder is missing', async () => {
    const hooks = hooksOf(asking('exit 0'));
    const gone = path.join(folder, 'gone');
    expect(await hooks.beforeCommand(tool('', { cwd: gone }), going())).toEqual({ kind: 'go_on' });
    expect(reports).toMatchObject([{ what: expect.stringContaining(`${gone} is no folder any more`) }]);
  });

  it('may say something to the person without deciding', async () => {
    const hooks = hooksOf(asking(`echo '{"systemMessage":"looked at it"}'`));
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(reports).toMatchObject([{ what: 'looked at it' }]);
  });

  it('is one of several: all run at once, and the first that denies is enough', async () => {
    const slow = asking('sleep 600').replace('timeout = 2', 'timeout = 500');
    const hooks = hooksOf(slow + asking('echo no >&2; exit 2') + slow);
    const startedAt = performance.now();
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'deny', reason: 'no' });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('is ended when the turn is, and nothing runs then', async () => {
    const hooks = hooksOf(asking('echo $$ > "$HOME/pid"; exec sleep 600').replace('timeout = 2', 'timeout = 500'));
    const turnSignal = new AbortController();
    const verdict = hooks.beforeCommand(tool(), turnSignal.signal);
    const pid = Number(await appears(path.join(folder, 'pid')));
    turnSignal.abort();
    expect(await verdict).toMatchObject({ kind: 'deny', reason: expect.stringContaining('interrupted') });
    await goes(pid);
    expect(await hooks.beforeCommand(tool(), turnSignal.signal)).toMatchObject({ kind: 'deny' });
  });

  it('marked async is not waited for and decides nothing', async () => {
    const hooks = hooksOf(`${asking('echo seen > "$HOME/seen"; exit 2')}async = true\n`);
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(await appears(path.join(folder, 'seen'))).toBe('seen\n');
  });

  it('of another kind than a command is told, and does nothing', async () => {
    const hooks = hooksOf('[[hooks.PreToolUse]]\nhooks = [{ type = "prompt", prompt = "is it safe?" }]\n');
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
    expect(reports).toMatchObject([{ what: expect.stringContaining('prompt') }]);
  });
});

describe('what a hook gets of us', () => {
  const env = { PATH: process.env.PATH ?? '', OPENAI_API_KEY: 'sk-secret', PLAIN: 'yes' };

  it('is the variables without keys', async () => {
    const hooks = hooksOf(asking('env > "$FOLDER/env"; echo >> "$FOLDER/env"'), {
      env: { ...env, FOLDER: folder },
      keyNames: ['OPENAI_API_KEY'],
    });
    await hooks.beforeCommand(tool(), going());
    const seen = fs.readFileSync(path.join(folder, 'env'), 'utf8');
    expect(seen).toContain('PLAIN=yes');
    expect(seen).not.toContain('sk-secret');
  });

  it('is no terminal and no other descriptor of ours', async () => {
    const driver = loadPtyDriver();
    if (!driver.ok) throw new Error(driver.problem.what);
    const pair = driver.value.open(80, 24);
    try {
      const hooks = hooksOf(asking('ls -l /proc/self/fd > "$HOME/fds"; tty >> "$HOME/fds"; echo >> "$HOME/fds"'));
      await hooks.beforeCommand(tool(), going());
      const seen = fs.readFileSync(path.join(folder, 'fds'), 'utf8');
      expect(seen).not.toContain('ptmx');
      expect(seen).not.toContain('/dev/pts/');
    } finally {
      fs.closeSync(pair.master);
      fs.closeSync(pair.slave);
    }
  });

  it('never finds a program where commands leave things', async () => {
    fs.writeFileSync(path.join(folder, 'tell'), '#!/bin/sh\necho planted > "$FOLDER/ran"\n', { mode: 0o755 });
    const hooks = hooksOf('notify = ["tell"]\n', {
      env: { PATH: `.:${folder}::/usr/bin:/bin`, FOLDER: folder },
      writableFolders: [folder],
    });
    hooks.turnEnded(turn());
    await hooks.close(5000);
    expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false);
    expect(reports).toMatchObject([{ what: expect.stringContaining('cannot be started') }]);
  });
});

describe('notify', () => {
  function notifying(): string {
    const file = program('notify.sh', '#!/bin/sh\nprintf "%s\\\\n" "$#" "$1" "$2" > "$HOME/notice"\n');
    return `notify = ["${file}", "first"]\n`;
  }

  async function notice(): Promise<{ readonly first: string; readonly said: Record<string, unknown> }> {
    const [count, first = '', ...rest] = (await appears(path.join(folder, 'notice'))).split('\n');
    expect(count).toBe('2');
    const said: Record<string, unknown> = JSON.parse(rest.join('\n'));
    return { first, said };
  }

  it('hears of the end of a turn as it is published', async () => {
    hooksOf(notifying()).turnEnded(turn());
    expect(await notice()).toEqual({
      first: 'first',
      said: {
        type: 'agent-turn-complete',
        'thread-id': 's1',
        'turn-id': 't1',
        cwd: folder,
        client: 'codex',
        'input-messages': ['do it'],
        'last-assistant-message': 'done',
      },
    });
  });

  it('hears of a question', async () => {
    const facts = { ...SESSION, cwd: folder, tool: 'Bash', command: 'make', reason: null };
    hooksOf(notifying()).questionOpened(facts);
    expect((await notice()).said).toMatchObject({ type: 'approval-requested', command: 'make', 'tool-name': 'Bash' });
  });

  it.each([
    ['long', 'x'.repeat(3_000_000)],
    ['long and full of what takes six bytes in JSON', '\u0001'.repeat(3_000_000)],
    ['long and full of what takes three bytes', '…'.repeat(1_000_000)],
  ])('gets messages that are %s, as far as an argument can hold them', async (_how, text) => {
    hooksOf(notifying()).turnEnded(turn({ inputMessages: Array(100).fill(text), lastAssistantMessage: text }));
    const { said } = await notice();
    expect(said.type).toBe('agent-turn-complete');
    expect(reports).toEqual([]);
  });

  it('runs no program that a relative path names', () => {
    hooksOf('notify = ["./tell"]\n').turnEnded(turn());
    expect(reports).toMatchObject([{ what: expect.stringContaining('relative') }]);
  });

  it('is started by no shell', async () => {
    const file = program('no shell; touch ran; #', '#!/bin/sh\necho "$1" > "$HOME/notice"\n');
    hooksOf(`notify = [${JSON.stringify(file)}]\n`).turnEnded(turn());
    expect(await appears(path.join(folder, 'notice'))).toContain('agent-turn-complete');
    expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false);
  });
});

describe('hooks of the other moments', () => {
  it('hear of the end of a turn and of a question on their input', async () => {
    const script = program('hear.sh', '#!/bin/sh\ncat > "$HOME/$1"; echo >> "$HOME/$1"\n');
    const hooks = hooksOf(
      `[[hooks.Stop]]\nhooks = [{ type = "command", command = "${script} stop" }]\n` +
        `[[hooks.PermissionRequest]]\nhooks = [{ type = "command", command = "${script} asked" }]\n`,
    );
    hooks.turnEnded(turn());
    hooks.questionOpened({ ...SESSION, cwd: folder, tool: 'Bash', command: 'make', reason: 'network' });
    expect(JSON.parse(await appears(path.join(folder, 'stop')))).toMatchObject({
      hook_event_name: 'Stop',
      stop_hook_active: false,
      last_assistant_message: 'done',
    });
    expect(JSON.parse(await appears(path.join(folder, 'asked')))).toMatchObject({
      hook_event_name: 'PermissionRequest',
      tool_input: { command: 'make', description: 'network' },
    });
  });

  it('do not fill the machine when turns end faster than they do', async () => {
    const hooks = hooksOf('[[hooks.Stop]]\nhooks = [{ type = "command", command = "sleep 600" }]\n');
    for (let times = 0; times < 100; times += 1) hooks.turnEnded(turn());
    expect(reports).toMatchObject([{ what: expect.stringContaining('16 of them run already') }]);
    const startedAt = performance.now();
    await hooks.close(100);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('start nothing after the end', async () => {
    const hooks = hooksOf(asking('echo no >&2; exit 2'));
    await hooks.close(0);
    hooks.turnEnded(turn());
    expect(await hooks.beforeCommand(tool(), going())).toEqual({ kind: 'go_on' });
  });
});

describe('a matcher', () => {
  it.each([
    [null, 'Bash', true],
    ['', 'Bash', true],
    ['*', 'Bash', true],
    ['Bash', 'Bash', true],
    ['Bash', 'BashOutput', false],
    ['Edit|Write', 'Write', true],
    ['mcp__memory', 'mcp__memory__create', false],
    ['mcp__memory__.*', 'mcp__memory__create', true],
    ['^Bash', 'BashOutput', true],
    ['^Bash$', 'BashOutput', false],
  ])('%j and %s: %j', (matcher, name, isMeant) => {
    expect(isMatched(matcher, [name])).toBe(isMeant);
  });

  it('that is no pattern is a wrong value of the configuration, not a hook that is never asked', () => {
    const { problems } = readConfig('[[hooks.PreToolUse]]\nmatcher = "["\nhooks = []\n', 'config.toml');
    expect(problems).toMatchObject([{ level: 'error', key: 'hooks.PreToolUse', line: 1 }]);
  });
});
