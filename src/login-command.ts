// `codex login`, `codex login status`, `codex logout`: the API key that is stored for the provider OpenAI.

import { forgetKey, shownKey, storedKey, storedLogin, storeKey } from './core/index.ts';
import { complain, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { assertNever, fail, ok, type Result } from './problem/index.ts';
import type { LoginInvocation } from './ui/cli/index.ts';

/** Longer than any key: what is piped by mistake ends here. */
const STDIN_BYTES = 64 * 1024;

/** Prints what was done, and returns the exit code: 1 where there is no login, or it could not be changed. */
export async function login(invocation: LoginInvocation, place: Place): Promise<number> {
  if (invocation.kind === 'logout') return logout(place);
  switch (invocation.verb) {
    case 'store':
      return store(place);
    case 'status':
      return status(place);
    default:
      return assertNever(invocation.verb);
  }
}

async function store({ codexHome, home }: Place): Promise<number> {
  const key = await keyFromStdin();
  if (!key.ok) return complain(key.problem, EXIT_FAILED);
  const stored = storeKey(codexHome, key.value);
  if (!stored.ok) return complain(stored.problem, EXIT_FAILED);
  return say(
    `The API key is stored in ${shownPath(stored.value, home)}. Whether it is good shows with the first message.`,
  );
}

async function keyFromStdin(): Promise<Result<string>> {
  if (process.stdin.isTTY)
    return fail({
      what: 'The API key comes on stdin, and stdin is a terminal, which would show it.',
      why: '',
      next: 'printenv OPENAI_API_KEY | codex login --with-api-key',
    });
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

const LOG_IN = 'printenv OPENAI_API_KEY | codex login --with-api-key';

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
