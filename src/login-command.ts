// `codex login`, `codex login status`, `codex logout`: the API key that is stored for the provider OpenAI.

import { forgetKey, shownKey, storedKey, storedLogin, storeKey } from './core/index.ts';
import { complain, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { assertNever, fail, ok, type Problem, type Result } from './problem/index.ts';
import { askSecret, type LoginInvocation } from './ui/cli/index.ts';

const EXIT_USAGE = 2;

/** As a shell has it of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

/** Longer than any key: what is piped by mistake ends here. */
const STDIN_BYTES = 64 * 1024;

/** Prints what was done, and returns the exit code: 1 where there is no login, or it could not be changed. */
export async function login(invocation: LoginInvocation, place: Place): Promise<number> {
  if (invocation.kind === 'logout') return logout(place);
  switch (invocation.verb) {
    case 'store':
      return store(place, process.stdin.isTTY ? await typedKey() : await pipedKey());
    case 'ask':
      return process.stdin.isTTY ? store(place, await typedKey()) : complain(NO_TERMINAL, EXIT_USAGE);
    case 'status':
      return status(place);
    default:
      return assertNever(invocation.verb);
  }
}

/** Null: the person has stopped it. */
function store({ codexHome, home }: Place, key: Result<string> | null): number {
  if (key === null) return EXIT_INTERRUPTED;
  if (!key.ok) return complain(key.problem, EXIT_FAILED);
  const stored = storeKey(codexHome, key.value);
  if (!stored.ok) return complain(stored.problem, EXIT_FAILED);
  return say(
    `The API key is stored in ${shownPath(stored.value, home)}. Whether it is good shows with the first message.`,
  );
}

const NO_TERMINAL: Problem = {
  what: 'codex login asks for the API key on a terminal, and there is none.',
  why: '',
  next: 'printenv OPENAI_API_KEY | codex login --with-api-key',
};

async function typedKey(): Promise<Result<string> | null> {
  const said = await askSecret('API key (it is not shown): ', process.stdin);
  switch (said.kind) {
    case 'said':
      return ok(said.text.trim());
    case 'interrupted':
      return null;
    case 'none':
      return fail({ what: 'No API key was typed.', why: '', next: '' });
    default:
      return assertNever(said);
  }
}

async function pipedKey(): Promise<Result<string>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of process.stdin) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > STDIN_BYTES) return fail({ what: 'stdin holds more than a key.', why: '', next: '' });
  }
  return ok(Buffer.concat(pieces).toString().trim());
}

function status({ codexHome, home, env }: Place): number {
  const stored = storedLogin(codexHome);
  const own = (env.CODEX_API_KEY ?? '').trim();
  if (own !== '') say(`CODEX_API_KEY is set and wins: ${shownKey(own)}`);
  switch (stored.kind) {
    case 'key': {
      const key = storedKey(stored.file);
      if (!key.ok) return complain(key.problem, EXIT_FAILED);
      return say(`Logged in with an API key: ${shownKey(key.value)} (${shownPath(stored.file, home)})`);
    }
    case 'unusable':
      return complain(stored.problem, EXIT_FAILED);
    case 'chatgpt':
    case 'none': {
      if (own !== '') return EXIT_OK;
      const other = (env.OPENAI_API_KEY ?? '').trim();
      if (other !== '') return say(`Not logged in; the key in OPENAI_API_KEY is used: ${shownKey(other)}`);
      return complain(
        stored.kind === 'none'
          ? { what: 'Not logged in.', why: '', next: LOG_IN }
          : {
              what: 'Not logged in.',
              why: `${shownPath(stored.file, home)} holds a ChatGPT login of codex-cli, which is not supported here.`,
              next: LOG_IN,
            },
        EXIT_FAILED,
      );
    }
    default:
      return assertNever(stored);
  }
}

const LOG_IN = 'codex login';

function logout({ codexHome }: Place): number {
  const forgotten = forgetKey(codexHome);
  if (!forgotten.ok) return complain(forgotten.problem, EXIT_FAILED);
  const { hadKey, keeps } = forgotten.value;
  const rest = keeps ? ' What else is in auth.json stays.' : '';
  return say(hadKey ? `Logged out: the API key is gone.${rest}` : `Not logged in.${rest}`);
}

function shownPath(file: string, home: string): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT_OK;
}
