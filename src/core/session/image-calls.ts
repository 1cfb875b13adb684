// Calls that show a model a picture: read by a program inside the sandbox, so that it sees what a command could see.

import path from 'node:path';
import type { ReadyEnvironment, SandboxIntent } from '../../exec/index.ts';
import { fail, ok, type Problem, problemText, type Result } from '../../problem/index.ts';
import type { NamedProfile } from '../../sandbox/index.ts';
import type { SessionGrants } from '../approvals/session-grants.ts';
import { imagePart, MOST_IMAGE_BYTES, tooLarge } from '../images/index.ts';
import { parseViewImage, type ToolAnswer, textAnswer } from '../tools/index.ts';
import { type CommandSurroundings, noEnvironment } from './command-calls.ts';
import type { ToolCall } from './tool-calls.ts';

export interface ImageSurroundings extends CommandSurroundings {
  readonly profile: NamedProfile;
  readonly grants: SessionGrants;
  readonly session: string;
}

export function openImageCalls(around: ImageSurroundings): (call: ToolCall) => Promise<ToolAnswer> {
  return async (call) => {
    const parsed = parseViewImage(call.arguments);
    if (!parsed.ok) return refused(parsed.problem);
    const name = around.current() ?? '';
    const ready = name === '' ? fail(noEnvironment) : await call.step.use(name);
    if (!ready.ok) return refused(ready.problem);
    const environment = ready.value;
    const standing = around.standings.on(name, environment.facts);
    const file = path.resolve(standing.cwd, parsed.value.path);
    const sandbox = {
      profile: around.profile,
      grants: around.grants.inForce(name),
      workspaceRoots: [standing.root],
    };
    const bytes = await readInside(environment, file, sandbox, around, call);
    const part = bytes.ok ? imagePart(bytes.value, file) : bytes;
    return part.ok ? { text: `[image ${file}]`, content: [part.value] } : refused(part.problem);
  };
}

function refused(problem: Problem): ToolAnswer {
  return textAnswer(problemText(problem));
}

/** What `cat` prints of it under this profile. */
async function readInside(
  environment: ReadyEnvironment,
  file: string,
  sandbox: SandboxIntent,
  around: ImageSurroundings,
  call: ToolCall,
): Promise<Result<Uint8Array>> {
  const pieces: Uint8Array[] = [];
  let said = '';
  let length = 0;
  let close: (code: number) => void = () => {};
  const closed = new Promise<number>((resolve) => {
    close = resolve;
  });
  const started = await environment.start(
    {
      argv: ['cat', '--', file],
      cwd: path.dirname(file),
      variables: around.variablesFor({
        call: call.id,
        reader: call.origin,
        isTerminal: false,
        networkIsOff: true,
        previousFolder: null,
      }),
      stdio: { kind: 'pipe', stdin: 'closed' },
      sandbox,
      outputFile: null,
      proxy: null,
      origin: { session: around.session, call: call.id },
    },
    {
      output(bytes, _from, stream) {
        if (stream === 'stderr') said += Buffer.from(bytes).toString('utf8', 0, 500);
        else if (length <= MOST_IMAGE_BYTES) pieces.push(Uint8Array.from(bytes));
        length += bytes.length;
      },
      outputFileOpened() {},
      waiting() {},
      suspended() {},
      exited() {},
      closed: ({ exit }) => close(exit.code),
    },
  );
  if (!started.ok) return fail(started.problem.problem);
  const stop = (): void => started.value.signal('kill');
  call.signal.addEventListener('abort', stop, { once: true });
  const code = await closed;
  call.signal.removeEventListener('abort', stop);
  if (length > MOST_IMAGE_BYTES) return fail(tooLarge(file));
  if (code !== 0) return fail({ what: `${file} was not read.`, why: said.trim().replace(/^cat: /, ''), next: '' });
  return ok(Buffer.concat(pieces));
}
