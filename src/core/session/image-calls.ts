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
    const bytes = await readInside(environment, { file, cwd: standing.cwd, sandbox }, around, call);
    const part = bytes.ok ? imagePart(bytes.value, file) : bytes;
    return part.ok ? { text: `[image ${file}]`, content: [part.value] } : refused(part.problem);
  };
}

function refused(problem: Problem): ToolAnswer {
  return textAnswer(problemText(problem));
}

/** A file is there at once. A pipe nobody writes into, or a disk that hangs, is not. */
const READING_MS = 15_000;

/** What a program prints of it under this profile. */
async function readInside(
  environment: ReadyEnvironment,
  { file, cwd, sandbox }: { readonly file: string; readonly cwd: string; readonly sandbox: SandboxIntent },
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
      // A device never ends; it does so here, with one byte too many.
      argv: ['head', '-c', String(MOST_IMAGE_BYTES + 1), '--', file],
      cwd,
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
        if (stream === 'stderr') said = (said + Buffer.from(bytes).toString('utf8', 0, 500)).slice(0, 500);
        else {
          if (length <= MOST_IMAGE_BYTES) pieces.push(Uint8Array.from(bytes));
          length += bytes.length;
        }
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
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    stop();
  }, READING_MS);
  call.signal.addEventListener('abort', stop, { once: true });
  // It may have come while the program was being started.
  if (call.signal.aborted) stop();
  const code = await closed;
  call.signal.removeEventListener('abort', stop);
  clearTimeout(late);
  if (call.signal.aborted) return fail(notRead(file, 'The person stopped this turn.'));
  if (isLate) return fail(notRead(file, `It did not end within ${READING_MS / 1000} seconds.`));
  if (length > MOST_IMAGE_BYTES) return fail(tooLarge(file));
  if (code !== 0) return fail(notRead(file, said.trim().replace(/^head: /, '')));
  return ok(Buffer.concat(pieces, length));
}

function notRead(file: string, why: string): Problem {
  return { what: `${file} was not read.`, why, next: '' };
}
