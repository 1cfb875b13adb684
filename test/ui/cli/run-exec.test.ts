// How does a run without a screen end, when it is not its turn that ends it?

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Command, type Door, type EventBody, openBus } from '../../../src/core/bus/index.ts';
import { execLook } from '../../../src/ui/cli/exec-look.ts';
import { type ExecRun, runExec } from '../../../src/ui/cli/run-exec.ts';

const opened: EventBody = {
  type: 'session.opened',
  cwd: '/',
  provider: 'loopback',
  model: 'test-model',
  profile: ':workspace',
  network: 'restricted',
  version: '0',
  earlierItems: 0,
};

/** A session that does only what a test has it do, and the streams of the run. */
function session(onSubmit: (publish: (event: EventBody) => void) => void) {
  const bus = openBus({
    session: 's',
    now: () => 0,
    onListenerError: (error) => {
      throw error;
    },
  });
  bus.publish(opened);
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const commands: Command[] = [];
  const door: Door = {
    async command(command) {
      commands.push(command);
      if (command.type === 'submit') onSubmit(bus.publish);
      if (command.type === 'close' && commands.filter(({ type }) => type === 'close').length === 1) {
        bus.publish({ type: 'session.ended', reason: command.reason });
        end();
      }
      return { ok: true };
    },
    query: async () => {
      throw new Error('nothing is asked here');
    },
    subscribe: (from, listener) => bus.subscribe(from, listener),
  };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const run = (defect: Promise<number> = new Promise(() => {})): ExecRun => ({
    door,
    ended,
    hasRecord: true,
    text: 'x',
    images: [],
    json: false,
    look: execLook({}, '/', false, 'auto'),
    // What a run uses of its own streams is what any stream has.
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    defect,
  });
  return { run, commands, said: () => String(stdout.read() ?? ''), told: () => String(stderr.read() ?? '') };
}

describe('a run without a screen', () => {
  it('closes the session and returns 70 when something in the program breaks', async () => {
    const { run, commands, said } = session((publish) => publish({ type: 'turn.started', turn: 't' }));
    expect(await runExec(run(Promise.resolve(70)))).toEqual({ code: 70, answer: null });
    expect(commands.find(({ type }) => type === 'close')).toEqual({ type: 'close', reason: 'error' });
    expect(said()).toBe('');
  });

  it('returns 1 when somebody else ends the session, and keeps half an answer off stdout', async () => {
    const { run, said } = session((publish) => {
      publish({ type: 'turn.started', turn: 't' });
      publish({ type: 'answer.completed', item: 'i', turn: 't', text: 'Half' });
      publish({ type: 'session.ended', reason: 'quit' });
    });
    expect(await runExec(run())).toEqual({ code: 1, answer: null });
    expect(said()).toBe('');
  });

  it('takes the last words before the end for the answer, and tells the earlier ones on stderr', async () => {
    const { run, said, told } = session((publish) => {
      publish({ type: 'turn.started', turn: 't' });
      publish({ type: 'answer.completed', item: 'i', turn: 't', text: 'First.' });
      publish({ type: 'answer.completed', item: 'j', turn: 't', text: 'Last.\n' });
      publish({
        type: 'turn.ended',
        turn: 't',
        outcome: 'completed',
        durationMs: 1,
        commands: 0,
        tokens: null,
        problem: null,
      });
    });
    expect(await runExec(run())).toEqual({ code: 0, answer: 'Last.\n' });
    expect(said()).toBe('Last.\n');
    expect(told()).toMatch(/First\.\n(?![\s\S]*Last)/);
  });
});
