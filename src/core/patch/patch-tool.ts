// The tool that edits files: how it is described to a model, and what the model's call carries.

import { ok, type Result } from '../../problem/index.ts';
import type { ToolSchema } from '../agent/provider.ts';
import { argumentsOf, readArguments } from '../tools/tool-arguments.ts';

export const APPLY_PATCH = 'apply_patch';

/** A tool whose call is plain text of a grammar, for providers that have such tools. */
export interface CustomToolSchema {
  readonly type: 'custom';
  readonly name: string;
  readonly description: string;
  readonly format: { readonly type: 'grammar'; readonly syntax: 'lark'; readonly definition: string };
}

const WHAT_IT_DOES =
  'Edits files: adds, changes, moves and deletes them, all of the patch or nothing of it. Use it rather than a shell ' +
  'command to change the content of files.';

const HOW_IT_IS_WRITTEN = `A patch is text of this form:
*** Begin Patch
*** Update File: src/greet.py
@@ def greet(name):
     """Says hello."""
-    print("Hi " + name)
+    print(f"Hello {name}")
*** Add File: docs/notes.md
+# Notes
+
*** Delete File: old.txt
*** End Patch
Paths are relative to the working directory. Under "*** Update File: PATH" a line "*** Move to: NEW PATH" renames it. A change begins with "@@" or with "@@ LINE", where LINE is a line of the file above the change, such as the head of the function it is in. Then come lines with " " (stays, about three of them before and after), "-" (goes) or "+" (is added) in front. They must stand in the file as they are written, and changes follow the order of the file. "*** End of File" after a change says that it is at the end. A new file has "+" in front of every line.`;

/** `hasChoice`: there are several machines to edit files on. */
export function applyPatchTool(hasChoice: boolean): CustomToolSchema {
  return {
    type: 'custom',
    name: APPLY_PATCH,
    description: `${WHAT_IT_DOES} The input is the patch itself, not JSON.\n${HOW_IT_IS_WRITTEN}${hasChoice ? WHERE : ''}`,
    format: { type: 'grammar', syntax: 'lark', definition: patchGrammar(hasChoice) },
  };
}

/** The same for providers that know functions only. */
export function applyPatchFunction(hasChoice: boolean): ToolSchema {
  return {
    type: 'function',
    name: APPLY_PATCH,
    description: `${WHAT_IT_DOES}\n${HOW_IT_IS_WRITTEN}${hasChoice ? WHERE : ''}`,
    strict: false,
    parameters: {
      type: 'object',
      properties: {
        input: { type: 'string', description: 'The whole patch, from "*** Begin Patch" to "*** End Patch".' },
      },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

const WHERE =
  '\nA line "*** Environment ID: NAME" right below the first one names the machine, one of those in <environments>; without it the primary one is meant.';

function patchGrammar(hasChoice: boolean): string {
  return `start: "*** Begin Patch" NEWLINE ${hasChoice ? 'machine? ' : ''}file+ "*** End Patch" NEWLINE?
${hasChoice ? 'machine: "*** Environment ID: " REST NEWLINE\n' : ''}
file: added | deleted | updated
added: "*** Add File: " REST NEWLINE new_line*
deleted: "*** Delete File: " REST NEWLINE
updated: "*** Update File: " REST NEWLINE (changes | moved changes?)
moved: "*** Move to: " REST NEWLINE

changes: unmarked change* | change+
unmarked: line+ last?
change: marker+ line+ last?
marker: "@@" (" " REST)? NEWLINE
line: (" " | "-" | "+") REST? NEWLINE
new_line: "+" REST? NEWLINE
last: "*** End of File" NEWLINE

REST: /[^\\n]+/
%import common.LF -> NEWLINE
`;
}

/** The patch of a call: all of it, or in the arguments of a function. What is no JSON is the patch's own reader's to judge. */
export function parseApplyPatch(text: string): Result<string> {
  if (!text.trimStart().startsWith('{')) return ok(text);
  const args = argumentsOf(APPLY_PATCH, text);
  if (!args.ok) return args;
  const read = readArguments(APPLY_PATCH, args.value);
  const input = read.text('input') ?? read.text('patch');
  if (input === null) read.refuse('input, the patch, is missing.');
  return read.result(() => input ?? '');
}
