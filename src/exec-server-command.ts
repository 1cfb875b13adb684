// `codex exec-server`: runs commands and file operations for a codex elsewhere. Its parts are put together here, and
// loaded without the rest of the program.

import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { type AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { codexHome as codexHomeOf } from './core/config/codex-home.ts';
import { openKnownRuntimeFolders, type RuntimePlaces } from './core/ipc/runtime-folder.ts';
import { closeInheritedDescriptors, openLocalEnvironment, type Variables } from './exec/index.ts';
import {
  type Authenticate,
  carryLines,
  EXIT_ON_STDIN_CLOSE,
  type ExecServer,
  FAMILY_CAPABILITIES,
  type FileHelper,
  familyOpener,
  homeFolder,
  type ListenTarget,
  listenUrl,
  mayListenOn,
  openAuthentication,
  openExecServer,
  ownProgramPlaces,
  type ServerArguments,
  SYSTEM_FOLDER,
  understandServer,
} from './exec/server/index.ts';
import { findTelemetry } from './exec/telemetry/open-telemetry.ts';
import { openOwnSocket } from './exec-server-socket.ts';
import { lockFolder } from './lock-folder.ts';
import { causeOf, fail, ok, type Result } from './problem/index.ts';

declare const __CODEX_VERSION__: string;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** `argv` without the program and the subcommand. Returns the exit code. */
export async function execServer(argv: readonly string[]): Promise<number> {
  const understood = understandServer(argv, process.env);
  if (!understood.ok) {
    const { kind, message } = understood.problem;
    return complain(message, kind === 'usage' ? EXIT_USAGE : EXIT_FAILED);
  }
  if (understood.value.kind === 'help') {
    writeSync(1, understood.value.text);
    return 0;
  }
  const { authentication, target } = understood.value;
  if (target.kind === 'stdio' && authentication.mode !== null)
    return complain('WebSocket auth requires a WebSocket listener, not stdio', EXIT_FAILED);
  const authenticate = openAuthentication(authentication);
  if (!authenticate.ok) return complain(authenticate.problem, EXIT_FAILED);
  closeInheritedDescriptors(process.env);
  return serve(understood.value, authenticate.value);
}

async function serve(asked: ServerArguments, authenticate: Authenticate | null): Promise<number> {
  const { env, temporary } = ownEnvironment(process.env);
  const home = homeFolder(env);
  const cwd = process.cwd();
  const codexHome = codexHomeOf(env, home, cwd);
  const places: RuntimePlaces = { env, uid: process.geteuid?.() ?? 0, codexHome };
  const locks = lockFolder(codexHome);
  const environment = openLocalEnvironment({
    path: env.PATH ?? '',
    writableRoots: ['/tmp', ...temporary],
    lockFolder: locks,
    isRelay: true,
    endsBareCommands: true,
    // What can be read again is the end; nobody asks for the beginning.
    outputLimits: { headBytes: 0 },
  });
  const sandbox = { home, tmpdir: env.TMPDIR ?? null, codexHome, runtimeFolders: closedFolders(places, locks) };
  const server = openExecServer({
    environment,
    env,
    sandbox,
    facts: { cwd, version: __CODEX_VERSION__, capabilities: FAMILY_CAPABILITIES },
    openFamily: familyOpener({
      environment,
      env,
      sandbox,
      config: { home, codexHome, hostname: hostname(), systemFolder: SYSTEM_FOLDER },
      helper: fileHelper(),
      certificates: certificatesOf(env),
    }),
    concurrentRequests: asked.concurrentRequests,
    telemetry: (await findTelemetry(env.TRACEPARENT)).server,
  });
  const bound = await open(asked.target, server, authenticate, places);
  if (!bound.ok) {
    await environment.dispose(0);
    return complain(bound.problem, EXIT_FAILED);
  }
  void environment.prepare();
  await untilAsked(asked, bound.value.ended);
  bound.value.close();
  server.close();
  await environment.dispose(0);
  return 0;
}

interface Open {
  /** The one peer of a server on stdin and stdout is gone; otherwise never. */
  readonly ended: Promise<void>;
  close(): void;
}

const NEVER = new Promise<void>(() => {});

/** Prints where the server is, once it can be reached. Nothing else ever goes to stdout. */
async function open(
  target: ListenTarget,
  server: ExecServer,
  authenticate: Authenticate | null,
  places: RuntimePlaces,
): Promise<Result<Open, string>> {
  switch (target.kind) {
    case 'stdio':
      return ok({ ended: carryLines(process.stdin, standardOutput(), server.place), close() {} });
    case 'tcp': {
      const { host, port } = target;
      const allowed = mayListenOn(host, authenticate);
      if (!allowed.ok) return allowed;
      const { server: web } = server.listen(authenticate);
      const trouble = await new Promise<Error | null>((resolve) => {
        web.once('error', resolve);
        web.listen(port, host, () => resolve(null));
      });
      if (trouble !== null) return fail(`failed to bind ${listenUrl(host, port)}: ${causeOf(trouble)}`);
      announce(listenUrl(host, (web.address() as AddressInfo).port));
      return ok({ ended: NEVER, close() {} });
    }
    case 'unix': {
      const bound = await openOwnSocket(server.listen(authenticate).server, target.path, places);
      if (!bound.ok) return bound;
      announce(`unix://${bound.value.path}`);
      return ok({ ended: NEVER, close: bound.value.close });
    }
  }
}

/** What works on files inside a sandbox: it lies beside this program. */
function fileHelper(): FileHelper {
  const bundle = path.join(__dirname, 'file-helper.cjs');
  return { argv: [process.execPath, bundle], folder: __dirname, ...ownProgramPlaces() };
}

/** Those that a person trusts besides (NODE_EXTRA_CA_CERTS); a file that cannot be read adds none, as with Node. */
function certificatesOf({ NODE_EXTRA_CA_CERTS: file = '' }: Variables): readonly string[] {
  try {
    return file === '' ? [] : [readFileSync(file, 'utf8')];
  } catch (error) {
    complain(`extra certificates are not used: ${causeOf(error)}`, 0);
    return [];
  }
}

/** Locks, and sockets of this user's sessions. */
function closedFolders(places: RuntimePlaces, locks: string | null): readonly string[] {
  const folders = openKnownRuntimeFolders(places);
  for (const folder of folders) folder.close();
  return [...(locks === null ? [] : [locks]), ...folders.map((folder) => folder.path)];
}

function announce(url: string): void {
  writeSync(1, `${url}\n`);
}

/** Node's own stream of a pipe waits for a slow reader, and everything else with it. */
function standardOutput(): NodeJS.WritableStream & Socket {
  const kind = fstatSync(1);
  return (kind.isFIFO() || kind.isSocket() ? new Socket({ fd: 1, readable: false }) : process.stdout) as Socket;
}

function untilAsked({ exitsOnStdinClose, target }: ServerArguments, ended: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    void ended.then(resolve);
    if (!exitsOnStdinClose || target.kind === 'stdio') return;
    process.stdin.once('end', () => resolve());
    process.stdin.once('error', () => resolve());
    process.stdin.resume();
  });
}

/** What commands may inherit: the launcher's variables as they were, and none that is for this server alone. */
function ownEnvironment(given: NodeJS.ProcessEnv): { readonly env: Variables; readonly temporary: readonly string[] } {
  const { CODEX_EXTRA_CA: moved, [EXIT_ON_STDIN_CLOSE]: _, ...others } = given;
  const all = { ...others, ...(moved === undefined ? {} : { NODE_EXTRA_CA_CERTS: moved }) };
  const env = Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return { env, temporary: env.TMPDIR !== undefined && path.isAbsolute(env.TMPDIR) ? [env.TMPDIR] : [] };
}

function complain(message: string, code: number): number {
  process.stderr.write(`Error: ${message}\n`);
  return code;
}
