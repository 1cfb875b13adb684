// The composition root of what runs without a screen: nothing of one is loaded for it.

import { listIds } from './completion-command.ts';
import { closeInheritedDescriptors } from './exec/index.ts';
import { exec, readAnswerSchema } from './exec-command.ts';
import { login } from './login-command.ts';
import { mcpServer } from './mcp-server-command.ts';
import { complain, EXIT_FAILED, openPlace } from './place.ts';
import { assertNever, ok } from './problem/index.ts';
import type { UnwatchedInvocation } from './ui/cli/index.ts';

/** Runs what was asked and returns the exit code. */
export async function main(invocation: UnwatchedInvocation): Promise<number> {
  const schema = invocation.kind === 'exec' ? readAnswerSchema(invocation) : ok(null);
  closeInheritedDescriptors(process.env);
  const place = openPlace(
    invocation.kind === 'exec' ? invocation.flags.cd : null,
    invocation.kind === 'exec' ? invocation.flags.settings : undefined,
  );
  if (!place.ok) return complain(place.problem, EXIT_FAILED);
  switch (invocation.kind) {
    case 'exec':
      return exec(invocation, place.value, schema);
    case 'mcp-server':
      return mcpServer(place.value);
    case 'login':
    case 'logout':
      return login(invocation, place.value);
    case 'ids':
      return listIds(invocation.which, place.value);
    default:
      return assertNever(invocation);
  }
}
