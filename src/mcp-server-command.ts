// `codex mcp-server`: sessions that other agents drive over stdin and stdout.

import { reportCrash } from './crash-report.ts';
import { prepareSession } from './own-session.ts';
import { EXIT_DEFECT, EXIT_OK, openPlace, type Place, VERSION } from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';
import { findResumed, type ResumedSession } from './resumed-session.ts';
import { type ConfigFlags, type NewSession, type OpenedThread, type SessionFlags, serveMcp } from './ui/cli/index.ts';

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Serves until the client goes; nothing but the protocol is on stdout. */
export async function mcpServer(place: Place): Promise<number> {
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const onDefect = (error: unknown): void => {
    reportCrash(place, error);
    end(EXIT_DEFECT);
  };
  process.on('uncaughtException', onDefect).on('unhandledRejection', onDefect);
  for (const [signal, code] of Object.entries(SIGNAL_CODES)) process.once(signal, () => end(code));

  const server = await serveMcp(
    {
      create: async (asked, canAsk) => {
        const there = openPlace(asked.cwd ?? null, settingsOf(asked));
        return there.ok ? open(flagsOf(asked), asked, there.value, null, canAsk, onDefect) : there;
      },
      resume: async (session, canAsk) => {
        const found = await findResumed({ kind: 'named', id: session }, place);
        return found.ok ? open(NO_FLAGS, {}, place, found.value, canAsk, onDefect) : found;
      },
    },
    { version: VERSION, stdin: process.stdin, stdout: process.stdout },
  );
  const code = await Promise.race([server.closed.then(() => EXIT_OK), ended]);
  await server.close();
  return code;
}

const NO_FLAGS: SessionFlags = {
  cd: null,
  model: null,
  sandbox: null,
  approval: null,
  isEphemeral: false,
  settings: { overrides: [], profile: null },
};

function flagsOf(asked: NewSession): SessionFlags {
  return {
    ...NO_FLAGS,
    model: asked.model ?? null,
    sandbox: asked.sandbox ?? null,
    approval: asked['approval-policy'] ?? null,
  };
}

/** Texts are TOML as behind `-c`; anything else is spelled so that it reads as itself. */
function settingsOf({ config = {}, profile }: NewSession): ConfigFlags {
  const overrides = Object.entries(config).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return { overrides, profile: profile ?? null };
}

async function open(
  flags: SessionFlags,
  told: Pick<NewSession, 'base-instructions' | 'developer-instructions'>,
  place: Place,
  resume: ResumedSession | null,
  canAsk: boolean,
  onDefect: (error: unknown) => void,
): Promise<Result<OpenedThread>> {
  const base = told['base-instructions'];
  const further = told['developer-instructions'];
  const starter = await prepareSession(flags, place, {
    audience: canAsk ? 'person' : 'nobody',
    hasTerminal: false,
    keepsModel: false,
    ...(base === undefined ? {} : { baseInstructions: base }),
    ...(further === undefined ? {} : { furtherInstructions: further }),
  });
  if (!starter.hasModel) return fail(noModel());
  const opened = starter.open(resume, onDefect);
  if (!opened.ok) return fail(opened.problem.problem);
  const { core, reachable } = opened.value;
  const ended = core.ended.then(async () => void (await (await reachable.listening)?.close('quit')));
  return ok({ session: core.session, record: core.recordPath, door: core.door, ended });
}

function noModel(): Problem {
  return {
    what: 'No model is set up.',
    why: '',
    next: 'Set OPENAI_API_KEY, or a model_provider in ~/.codex/config.toml (docs/config.md).',
  };
}
