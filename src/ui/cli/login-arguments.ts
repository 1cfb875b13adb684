// `codex login` and `codex logout`: their options, and what was typed behind them.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { Subcommand } from './subcommands.ts';
import { type Typed, usage } from './typed.ts';

export type LoginInvocation =
  /** The key is on stdin, piped or typed: an argument would be seen by everybody on the machine. `ask`: typed only. */
  { readonly kind: 'login'; readonly verb: 'store' | 'ask' | 'status' } | { readonly kind: 'logout' };

export const LOGIN: Subcommand = {
  name: 'login',
  operands: '[status]',
  text: 'store an API key, which is asked for, or say whether one is stored',
  completes: ['status'],
  options: [{ name: 'with-api-key', value: null, text: 'store the API key that comes on stdin' }],
  notes: [
    'printenv OPENAI_API_KEY | codex login --with-api-key',
    'The key is in auth.json of the codex home (mode 0600). CODEX_API_KEY wins over it, and it wins over OPENAI_API_KEY.',
  ],
};

export const LOGOUT: Subcommand = {
  name: 'logout',
  operands: '',
  text: 'forget the stored API key',
  options: [],
};

/** No word of what was typed is repeated: it may be the key. */
export function understandLogin(name: string, { flags, operands }: Typed): Result<LoginInvocation> {
  if (name === 'logout') {
    return operands.length === 0 ? ok({ kind: 'logout' }) : fail(usage('codex logout takes nothing more.'));
  }
  const stores = flags.has('with-api-key');
  if (operands.length === 0 && stores) return ok({ kind: 'login', verb: 'store' });
  if (operands.length === 1 && operands[0] === 'status' && !stores) return ok({ kind: 'login', verb: 'status' });
  if (operands.length === 0) return ok({ kind: 'login', verb: 'ask' });
  return fail(usage('codex login takes status, or --with-api-key and the key on stdin; never as an argument.'));
}
