// The composition root: reads what was asked and starts a front end.

import { explainConfig } from './config-command.ts';
import { runDetached, startDetached } from './detached-command.ts';
import { doctor } from './doctor-command.ts';
import { closeInheritedDescriptors } from './exec/index.ts';
import { checkPolicy } from './execpolicy-command.ts';
import { changeMcp } from './mcp-command.ts';
import { complain, EXIT_FAILED, openPlace } from './place.ts';
import { changeRecord, exportRecord } from './record-commands.ts';
import { sandboxed } from './sandbox-command.ts';
import { screen } from './screen-command.ts';
import { endOpen, listOpen } from './session-commands.ts';
import type { ConfigFlags, Invocation, UnwatchedInvocation } from './ui/cli/index.ts';
import type { FirstScreen } from './ui/tui/index.ts';

/** What has no file of its own: see `exec-main.ts`. */
type Watched = Exclude<Invocation, UnwatchedInvocation>;

/** Runs what was asked and returns the exit code. `first` is what the entry painted and heard, for a screen. */
export async function main(invocation: Watched, first: FirstScreen | null): Promise<number> {
  closeInheritedDescriptors(process.env);
  const place = openPlace(folderOf(invocation), settingsOf(invocation));
  if (!place.ok) return complain(place.problem, EXIT_FAILED);
  switch (invocation.kind) {
    case 'screen':
      if (first === null) throw new Error('a screen needs what the entry painted');
      return screen(invocation, first, place.value);
    case 'detached':
      return invocation.isCore ? runDetached(invocation, place.value) : startDetached();
    case 'sandbox':
      return sandboxed(invocation, place.value);
    case 'ps':
      return listOpen(place.value);
    case 'kill':
      return endOpen(invocation.id, place.value);
    case 'rename':
    case 'archive':
    case 'unarchive':
    case 'delete':
      return changeRecord(invocation, place.value);
    case 'export':
      return exportRecord(invocation, place.value);
    case 'execpolicy':
      return checkPolicy(invocation, place.value);
    case 'config':
      return explainConfig(invocation, place.value);
    case 'mcp':
      return changeMcp(invocation, place.value);
    case 'doctor':
      return doctor(invocation.json, place.value);
    case 'help':
    case 'version':
      throw new Error(`${invocation.kind} is answered by the entry`);
  }
}

/** The folder that was named to work in. */
function folderOf(invocation: Watched): string | null {
  switch (invocation.kind) {
    case 'screen':
    case 'detached':
      return invocation.flags.cd;
    case 'config':
    case 'sandbox':
      return invocation.cd;
    default:
      return null;
  }
}

/** What is configured for this once. */
function settingsOf(invocation: Invocation): ConfigFlags {
  switch (invocation.kind) {
    case 'screen':
    case 'detached':
      return invocation.flags.settings;
    case 'config':
    case 'mcp':
    case 'sandbox':
      return invocation.settings;
    default:
      return { overrides: [], profile: null };
  }
}
