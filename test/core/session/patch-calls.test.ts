// What does a patch do to real files inside the real sandbox, and what is the model told?

import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { item, type ModelServer, respond, say, startModelServer, toolCall } from '../../support/model-server.ts';
import { type CoreAround, type OpenedCore, openTestCore, removeFoldersOf } from './opened-core.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const patchOf = (...lines: readonly string[]): string => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

interface Patched {
  readonly core: OpenedCore;
  readonly server: ModelServer;
  /** What the model was told of its last patch. */
  told(): string;
  apply(patch: string): Promise<void>;
  /** The same, of a model that types it as a command. */
  type(command: string): Promise<void>;
}

let calls = 0;

async function open(more: CoreAround['more'] = {}): Promise<Patched> {
  const patches: string[] = [];
  const server = await startModelServer(({ body }) => {
    const last = body.input?.at(-1);
    const patch = last?.type === 'message' ? patches.shift() : undefined;
    if (patch === undefined) return say('Done.');
    calls += 1;
    if (!patch.startsWith('***') && patch.includes('apply_patch'))
      return respond(toolCall('exec_command', { cmd: patch }));
    return respond(item({ type: 'custom_tool_call', name: 'apply_patch', call_id: `p${calls}`, input: patch }));
  });
  // A model that knows tools which take a text.
  const core = openTestCore({ url: server.url, model: 'gpt-5', more });
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  async function apply(patch: string): Promise<void> {
    patches.push(patch);
    const end = await core.turn('patch it');
    expect(end).toMatchObject({ outcome: 'completed', problem: null });
  }
  return {
    core,
    server,
    apply,
    type: apply,
    told: () => {
      const answers = server.requests.at(-1)?.body.input?.filter(({ type }) => /call_output$/.test(String(type)));
      return String(answers?.at(-1)?.output);
    },
  };
}

/** Outside of what the profile lets commands write. */
function outsideFolder(): string {
  const folder = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-patch-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a patch of a model', () => {
  it('changes files, says which, and is recorded as what it was', async () => {
    const { core, apply, told } = await open();
    const file = path.join(core.folder, 'a.txt');
    writeFileSync(file, 'one\ntwo\n');
    await apply(patchOf('*** Update File: a.txt', '@@', ' one', '-two', '+2', '*** Add File: b/c.txt', '+new'));
    expect(readFileSync(file, 'utf8')).toBe('one\n2\n');
    expect(readFileSync(path.join(core.folder, 'b/c.txt'), 'utf8')).toBe('new\n');
    expect(told()).toBe('Success. Updated the following files:\nA b/c.txt\nM a.txt');
    expect(core.of('files.changed')).toMatchObject([
      {
        process: 1,
        files: [
          { path: file, change: 'changed' },
          { path: path.join(core.folder, 'b/c.txt'), change: 'added' },
        ],
      },
    ]);
    const output = core
      .of('process.output')
      .map(({ bytes }) => Buffer.from(bytes).toString())
      .join('');
    expect(output).toContain('\x1b[31m- two\x1b[39m');
    expect(core.of('process.started')).toMatchObject([
      { command: 'apply_patch a.txt (+1 -1), b/c.txt (new, +1)', deed: 'patch' },
    ]);
    const record = readFileSync(core.core.recordPath ?? '', 'utf8');
    expect(record.match(/"type":"custom_tool_call"/g)).toHaveLength(1);
    expect(record.match(/"type":"custom_tool_call_output"/g)).toHaveLength(1);
  });

  it('that does not fit changes nothing, and the model is told where', async () => {
    const { core, apply, told } = await open();
    writeFileSync(path.join(core.folder, 'a.txt'), 'one\n');
    await apply(patchOf('*** Add File: b.txt', '+x', '*** Update File: a.txt', '-nothing', '+x'));
    expect(existsSync(path.join(core.folder, 'b.txt'))).toBe(false);
    expect(told()).toContain('Failed to find expected lines in a.txt');
    await apply('no patch at all');
    expect(told()).toContain('its first line must be');
  });

  it('that was typed as a command is applied as what it is, in the folder that the command names', async () => {
    const { core, type, told } = await open();
    mkdirSync(path.join(core.folder, 'sub'));
    await type(`cd sub && apply_patch <<'EOF'\n${patchOf('*** Add File: a.txt', '+one')}\nEOF\n`);
    expect(readFileSync(path.join(core.folder, 'sub/a.txt'), 'utf8')).toBe('one\n');
    expect(told()).toBe('Success. Updated the following files:\nA a.txt');
    expect(core.of('process.started')).toMatchObject([{ deed: 'patch' }]);
    await type(`cd nowhere && apply_patch <<'EOF'\n${patchOf('*** Add File: a.txt', '+one')}\nEOF\n`);
    expect(told()).toContain('nowhere does not exist');
    expect(existsSync(path.join(core.folder, 'nowhere'))).toBe(false);
  });

  it('keeps modes, other names and links of a file', async () => {
    const { core, apply } = await open();
    const at = (name: string): string => path.join(core.folder, name);
    writeFileSync(at('run.sh'), 'x\n');
    chmodSync(at('run.sh'), 0o755);
    writeFileSync(at('one'), 'x\n');
    linkSync(at('one'), at('other'));
    mkdirSync(at('real'));
    writeFileSync(at('real/file'), 'x\n');
    symlinkSync('real/file', at('link'));
    const inode = statSync(at('one')).ino;
    await apply(patchOf(...['run.sh', 'one', 'link'].flatMap((name) => [`*** Update File: ${name}`, '-x', '+y'])));
    expect(statSync(at('run.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(at('other'), 'utf8')).toBe('y\n');
    expect(statSync(at('one')).ino).toBe(inode);
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('real/file'), 'utf8')).toBe('y\n');
  });

  it('outside the workspace is asked about, and on a yes applied whole', async () => {
    const outside = outsideFolder();
    const { core, apply, told } = await open();
    const applied = apply(patchOf('*** Add File: in.txt', '+x', `*** Add File: ${outside}/out.txt`, '+y'));
    const asked = await core.heard('question.opened');
    expect(asked.subject).toMatchObject({
      kind: 'denial',
      denial: { operation: 'create', target: `${outside}/out.txt`, grants: [{ kind: 'write', path: outside }] },
    });
    // Half a patch is none.
    expect(existsSync(path.join(core.folder, 'in.txt'))).toBe(false);
    await core.command({ type: 'decide', question: asked.question, decision: 'once', reason: '', shown: asked.shown });
    await applied;
    expect(readFileSync(`${outside}/out.txt`, 'utf8')).toBe('y\n');
    expect(readFileSync(path.join(core.folder, 'in.txt'), 'utf8')).toBe('x\n');
    expect(told()).toMatch(/^The first attempt was blocked .*\nSuccess\./);
  });

  it('is refused by a person in words, and changes nothing', async () => {
    const outside = outsideFolder();
    const { core, apply, told } = await open();
    const applied = apply(patchOf(`*** Add File: ${outside}/out.txt`, '+y'));
    const asked = await core.heard('question.opened');
    const decision = { type: 'decide', question: asked.question, shown: asked.shown } as const;
    await core.command({ ...decision, decision: 'refused', reason: 'keep it here' });
    await applied;
    expect(existsSync(`${outside}/out.txt`)).toBe(false);
    expect(told()).toContain(`Refused: the person did not allow this command to create ${outside}/out.txt.`);
    expect(told()).toContain('keep it here');
  });

  it('cannot be led outside by a link, nor into what is protected', async () => {
    const outside = outsideFolder();
    writeFileSync(`${outside}/secret`, 'x\n');
    const { core, apply, told } = await open({ policy: 'never' });
    symlinkSync(outside, path.join(core.folder, 'way'));
    symlinkSync(`${outside}/secret`, path.join(core.folder, 'file'));
    mkdirSync(path.join(core.folder, '.git'));
    writeFileSync(path.join(core.folder, '.git/config'), 'x\n');
    for (const name of ['way/secret', 'file', '.git/config', `${outside}/secret`]) {
      await apply(patchOf(`*** Update File: ${name}`, '-x', '+y'));
      expect(told(), name).toMatch(/^Blocked by the sandbox: (write|create) /);
    }
    await apply(patchOf('*** Add File: way/new', '+y'));
    expect(told()).toContain('Blocked by the sandbox: create');
    expect(readFileSync(`${outside}/secret`, 'utf8')).toBe('x\n');
    expect(existsSync(`${outside}/new`)).toBe(false);
    expect(readFileSync(path.join(core.folder, '.git/config'), 'utf8')).toBe('x\n');
  });

  it('under the policy untrusted is shown whole before anything is changed', async () => {
    const { core, apply } = await open({ policy: 'untrusted' });
    const patch = patchOf('*** Add File: a.txt', '+one');
    const applied = apply(patch);
    const asked = await core.heard('question.opened');
    expect(asked).toMatchObject({ subject: { kind: 'start' }, deed: 'patch', attempt: 0 });
    expect(asked.command).toBe('apply_patch a.txt (new, +1)\na.txt (new, +1)\n  + one');
    expect(existsSync(path.join(core.folder, 'a.txt'))).toBe(false);
    await core.command({
      type: 'decide',
      question: asked.question,
      decision: 'session',
      reason: '',
      shown: asked.shown,
    });
    await applied;
    await apply(patchOf('*** Add File: b.txt', '+two'));
    expect(readFileSync(path.join(core.folder, 'b.txt'), 'utf8')).toBe('two\n');
    expect(core.of('question.opened')).toHaveLength(1);
  });

  it('of 4 MB is applied', async () => {
    const { core, apply, told } = await open();
    const line = 'x'.repeat(99);
    await apply(patchOf('*** Add File: big.txt', ...Array(40_000).fill(`+${line}`)));
    expect(told()).toBe('Success. Updated the following files:\nA big.txt');
    expect(statSync(path.join(core.folder, 'big.txt')).size).toBe(4_000_000);
  });

  it('does not wait for a pipe, and does not read what is no file', async () => {
    const { core, apply, told } = await open();
    mkdirSync(path.join(core.folder, 'folder'));
    await apply(patchOf('*** Update File: folder', '-x', '+y'));
    expect(told()).toContain('it is a folder');
  });
});
