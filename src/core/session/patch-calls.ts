// Calls that change files: each is a process of its own, so that it is seen, stopped, asked about and recorded like one.

import { statSync } from 'node:fs';
import path from 'node:path';
import { LOCAL } from '../../exec/index.ts';
import { fail, problemText } from '../../problem/index.ts';
import type { EventBody } from '../bus/contract.ts';
import {
  APPLY_PATCH,
  changedFiles,
  type PatchResult,
  parseApplyPatch,
  parsePatch,
  patchAnswer,
  patchInCommand,
  patchRunner,
  patchSummary,
} from '../patch/index.ts';
import { missingWorkdir, parseExecCommand, type ToolAnswer, textAnswer } from '../tools/index.ts';
import { type CommandSurroundings, noEnvironment } from './command-calls.ts';
import type { ProcessAnswers } from './process-answers.ts';
import { PATCH_ALIASES } from './session-hooks.ts';
import type { ToolCall } from './tool-calls.ts';

export interface PatchSurroundings extends CommandSurroundings {
  readonly emit: (event: EventBody) => void;
}

/** Of what is said about a patch a model is told so much. */
const MOST_SAID = 16 * 1024;

export interface PatchCalls {
  /** A call of the tool. */
  call(call: ToolCall): Promise<ToolAnswer>;
  /** A patch that a model typed as a command. Null: this is no such call. */
  typed(call: ToolCall): Promise<ToolAnswer> | null;
}

/** Where a patch that was typed as a command is applied, seen from the working folder of that machine. */
interface TypedAt {
  readonly environment: string | null;
  readonly folder: string;
}

export function openPatchCalls(around: PatchSurroundings, answers: ProcessAnswers): PatchCalls {
  async function apply(call: ToolCall, text: string, typedAt: TypedAt | null): Promise<string> {
    const patch = parsePatch(text);
    if (!patch.ok) return problemText(patch.problem);
    const name = patch.value.environment ?? typedAt?.environment ?? around.current() ?? '';
    const ready = name === '' ? fail(noEnvironment) : await call.step.use(name);
    if (!ready.ok) return problemText(ready.problem);
    const environment = ready.value;
    const standing = around.standings.on(name, environment.facts);
    const cwd = path.resolve(standing.cwd, typedAt?.folder ?? '.');
    // The command that was typed would have failed there.
    if (typedAt !== null && name === LOCAL && !isFolder(cwd)) return problemText(missingWorkdir(cwd));
    const runner = patchRunner({ environment, cwd, text });
    const summary = patchSummary(text);
    const process = around.processes.start({
      call: call.id,
      turn: call.turn,
      origin: call.origin,
      command: summary.line,
      preview: [summary.line, ...summary.rows].join('\n'),
      argv: [APPLY_PATCH],
      environment,
      runner,
      deed: 'patch',
      allowedAs: '',
      cwd,
      root: standing.root,
      variables: () =>
        around.variablesFor({
          call: call.id,
          reader: call.origin,
          isTerminal: false,
          networkIsOff: true,
          previousFolder: null,
        }),
      stdio: { kind: 'pipe', stdin: 'closed' },
      wish: null,
      judge: null,
      hooked: { tool: APPLY_PATCH, aliases: PATCH_ALIASES, input: { command: text } },
      signal: call.signal,
    });
    const preface = await answers.whenFinished(process, call.signal);
    if (preface === null) return 'The person stopped this before it was done.';
    const result = runner.result();
    if (result !== null) tellChanged(process.request.number, result);
    const answer = preface.hasOutput && result !== null ? [patchAnswer(result).slice(0, MOST_SAID)] : [];
    return [...preface.sentences, ...answer].join('\n');
  }

  function tellChanged(process: number, result: PatchResult): void {
    const files = result.kind === 'done' ? changedFiles(result.plan) : [];
    if (files.length > 0) around.emit({ type: 'files.changed', process, files: [...files] });
  }

  return {
    async call(call) {
      const text = parseApplyPatch(call.arguments);
      return textAnswer(text.ok ? await apply(call, text.value, null) : problemText(text.problem));
    },
    typed(call) {
      const command = parseExecCommand(call.arguments);
      const patch = command.ok ? patchInCommand(command.value.cmd) : null;
      if (!command.ok || patch === null) return null;
      const { environment, workdir } = command.value;
      const at = { environment, folder: path.join(workdir ?? '', patch.folder ?? '') };
      return apply(call, patch.text, at).then(textAnswer);
    },
  };
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
