// The tool with which a model changes files: how it is described, and a patch in one line for people.

import type { FreeformTool } from '../agent/index.ts';
import type { FileChange, Patch } from './parse-patch.ts';

export const APPLY_PATCH = 'apply_patch';

const FORM = `Changes files: adds, deletes, moves and edits them, all of it or nothing. The input is a patch of this form:

*** Begin Patch
*** Add File: PATH            every following line begins with +
*** Delete File: PATH
*** Update File: PATH         next line perhaps: *** Move to: PATH
@@ LINE                       perhaps: a line of the file that stands before the change, e.g. of a function's head
 context                      lines that stay begin with a blank,
-taken out                    those that go with -,
+put in                       those that come with +
*** End of File               perhaps: the change is at the end of the file
*** End Patch

Give about three lines of context before and after a change; changes of one file in the order in which they stand in
it. Paths are relative to the current folder, or absolute.`;

/** The language of a patch, for servers that keep a model to it (Lark). */
const GRAMMAR = `start: begin environment? change+ end
begin: "*** Begin Patch" LF
end: "*** End Patch" LF?
environment: "*** Environment ID: " TEXT LF
change: add | delete | update
add: "*** Add File: " TEXT LF ("+" /.*/ LF)+
delete: "*** Delete File: " TEXT LF
update: "*** Update File: " TEXT LF move? hunk*
move: "*** Move to: " TEXT LF
hunk: place? row+ eof?
place: ("@@" | "@@ " TEXT) LF
row: ("+" | "-" | " ") /.*/ LF
eof: "*** End of File" LF
TEXT: /.+/
%import common.LF`;

export const applyPatchTool: FreeformTool = {
  type: 'custom',
  name: APPLY_PATCH,
  description: FORM,
  format: { type: 'grammar', syntax: 'lark', definition: GRAMMAR },
};

/** `apply_patch src/a.ts (+2 -1), b.ts (new)`. */
export function patchSummary({ changes }: Patch): string {
  return `${APPLY_PATCH} ${changes.map(changeSummary).join(', ')}`;
}

function changeSummary(change: FileChange): string {
  switch (change.kind) {
    case 'add':
      return `${change.path} (new)`;
    case 'delete':
      return `${change.path} (deleted)`;
    case 'update': {
      const rows = change.hunks.flatMap(({ rows }) => rows);
      const count = (sign: string) => rows.filter((row) => row.sign === sign).length;
      const size = rows.length === 0 ? 'moved' : `+${count('+')} -${count('-')}`;
      return `${change.path}${change.movedTo === null ? '' : ` -> ${change.movedTo}`} (${size})`;
    }
  }
}
