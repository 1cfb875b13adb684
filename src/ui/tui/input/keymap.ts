// Which key does what, where? Data: the lookup (`key-table.ts`) and the help text (`key-help.ts`) read it.

/** Where a key is pressed. `global` is asked last by every other context except typing into a program. */
export type KeyContext =
  | 'global'
  | 'composer'
  | 'card'
  | 'pane'
  | 'picker'
  | 'transcript'
  | 'search'
  | 'completion'
  | 'background'
  | 'permissions'
  | 'help';

export interface Binding {
  /** `ctrl-x`, `alt-enter`, or a chord `ctrl-x d`. The first is the one shown. */
  readonly keys: readonly string[];
  readonly action: string;
  /** One line for the help view; empty for keys that are not listed. */
  readonly help: string;
}

export type KeyMap = Readonly<Record<KeyContext, readonly Binding[]>>;

/** First key of every chord: free in tmux, screen and zellij, known from readline. */
export const LEADER = 'ctrl-x';
/** A leader without a second key is forgotten after this. */
export const LEADER_MS = 3_000;

const bind = (action: string, help: string, ...keys: string[]): Binding => ({ keys, action, help });

const numbers = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

export const defaultKeyMap: KeyMap = {
  global: [
    bind('interrupt', 'stop, clear, or leave (twice)', 'ctrl-c'),
    bind('back', 'one step back; twice clears or stops', 'esc'),
    bind('eof', 'leave when nothing is typed', 'ctrl-d'),
    bind('suspend', 'suspend codex; fg brings it back', 'ctrl-z'),
    bind('detach', 'leave; the session goes on without a terminal', 'ctrl-x d'),
    bind('redraw', 'paint the screen again', 'ctrl-l', 'ctrl-x l'),
    bind('transcript', 'everything of this session', 'ctrl-t', 'ctrl-x t'),
    bind('pane.next', 'select the next pane', 'ctrl-x tab'),
    bind('pane.previous', 'select the previous pane', 'shift-tab'),
    bind('question.focus', 'answer the oldest question', 'ctrl-x a'),
    ...numbers.map((number) =>
      bind(`pane.select.${number}`, number === '1' ? 'select pane 1 to 9' : '', `ctrl-x ${number}`),
    ),
    bind('pane.full', 'full screen for a pane', 'ctrl-x f'),
    bind('background.list', 'commands in the background', 'ctrl-x b'),
    bind('pane.background', 'put a command into the background', 'ctrl-x &'),
    bind('output.last', 'read the output of the newest command', 'ctrl-x o'),
    bind('permissions', 'what commands may touch; take grants back', 'ctrl-x p'),
    bind('answer.copy', 'copy the last answer', 'ctrl-x y'),
    bind('editor', 'write the message in your editor', 'ctrl-g', 'ctrl-x e', 'ctrl-x ctrl-e'),
    bind('history.search', 'search earlier messages', 'ctrl-r', 'ctrl-x r'),
    bind('help', 'these keys', 'ctrl-x ?'),
  ],
  composer: [
    bind('submit', 'send', 'enter'),
    bind('submit.steer', 'say it to the model while it works', 'ctrl-x enter'),
    bind('newline', 'new line', 'ctrl-j', 'alt-enter', 'shift-enter', 'ctrl-enter'),
    bind('move.left', 'one character left', 'left', 'ctrl-b'),
    bind('move.right', 'one character right', 'right', 'ctrl-f'),
    bind('move.word.left', 'one word left', 'alt-b', 'ctrl-left', 'alt-left'),
    bind('move.word.right', 'one word right', 'alt-f', 'ctrl-right', 'alt-right'),
    bind('move.home', 'start of the line; twice: of the text', 'home', 'ctrl-a'),
    bind('move.end', 'end of the line; twice: of the text', 'end', 'ctrl-e'),
    bind('move.up', 'line up, then earlier messages', 'up', 'ctrl-p'),
    bind('move.down', 'line down, then later messages', 'down', 'ctrl-n'),
    bind('delete.back', 'delete the character before', 'backspace', 'ctrl-h', 'shift-backspace'),
    bind('delete.forward', 'delete the character under the cursor', 'delete', 'ctrl-d'),
    bind('delete.word.back.blank', 'delete back to a blank', 'ctrl-w'),
    bind('delete.word.back', 'delete the word before', 'alt-backspace', 'ctrl-backspace'),
    bind('delete.word.forward', 'delete the word after', 'alt-d', 'alt-delete', 'ctrl-delete'),
    bind('kill.home', 'delete to the start of the line', 'ctrl-u'),
    bind('kill.end', 'delete to the end of the line', 'ctrl-k'),
    bind('yank', 'put back what was deleted', 'ctrl-y'),
    bind('yank.rotate', 'the deletion before that', 'alt-y'),
    bind('undo', 'undo', 'ctrl-_', 'ctrl-/', 'ctrl-7', 'ctrl-x u'),
    bind('redo', 'redo', 'ctrl-x ctrl-u', 'alt-_', 'alt-shift-_'),
    bind('paste.expand', 'show a folded paste', 'ctrl-x x'),
    bind('clipboard.paste', 'paste an image or text from the clipboard', 'ctrl-v', 'ctrl-x v'),
    bind('complete', 'complete; select a pane when nothing is typed', 'tab'),
  ],
  card: [
    bind('decide.once', 'allow once', 'y'),
    bind('decide.session', 'allow for this session', 's'),
    bind('decide.preset', 'allow a preset, all of it is shown first', 'p'),
    bind('decide.always', 'allow always, the lines are shown first', 'a'),
    bind('decide.unsandboxed', 'run without the sandbox', 'w'),
    bind('decide.refused', 'no', 'n'),
    bind('decide.tell', 'no, and say why', 't'),
    bind('details', 'details', 'd'),
    bind('card.up', 'choice up', 'up'),
    bind('card.down', 'choice down', 'down'),
    bind('card.take', 'take the marked choice', 'enter'),
    bind('card.next', 'next question', 'tab'),
  ],
  pane: [
    bind('pane.type', 'type into it', 'enter', 'i'),
    bind('pane.full', 'full screen', 'f'),
    bind('scroll.up', 'scroll its output', 'up'),
    bind('scroll.down', '', 'down'),
    bind('scroll.page.up', 'a page', 'page-up'),
    bind('scroll.page.down', '', 'page-down'),
    bind('scroll.home', 'its beginning and end', 'home'),
    bind('scroll.end', '', 'end'),
    bind('search', 'search in its output', '/'),
    bind('search.next', 'next match', 'n'),
    bind('search.previous', 'previous match', 'shift-n', 'N'),
    bind('pane.next', 'other pane', 'tab'),
    bind('pane.previous', '', 'shift-tab'),
    ...numbers.map((number) => bind(`pane.select.${number}`, '', number)),
    bind('pane.leave', 'back to the message', 'q'),
    bind('process.stop', 'stop it; again harder', 'k'),
    bind('process.continue', 'continue a suspended one', 'c'),
    bind('output.copy', 'copy its output', 'y'),
    bind('output.save', 'save its output to a file', 's'),
    bind('pane.background', 'into the background', 'b'),
    bind('question.focus', 'its question', 'a'),
  ],
  picker: [
    bind('list.up', 'row up', 'up', 'ctrl-p', 'ctrl-x k'),
    bind('list.down', 'row down', 'down', 'ctrl-n', 'ctrl-x j'),
    bind('list.page.up', 'a page up', 'page-up'),
    bind('list.page.down', 'a page down', 'page-down'),
    bind('list.open', 'open it', 'enter'),
    bind('list.all', 'all folders', 'ctrl-x a'),
    bind('list.erase', 'delete a letter of the filter', 'backspace', 'ctrl-h'),
  ],
  transcript: [
    bind('scroll.up', 'row up', 'up', 'k'),
    bind('scroll.down', 'row down', 'down', 'j'),
    bind('scroll.page.up', 'a page up', 'page-up', 'b'),
    bind('scroll.page.down', 'a page down', 'page-down', 'space'),
    bind('scroll.home', 'beginning', 'home', 'g'),
    bind('scroll.end', 'end', 'end', 'G'),
    bind('search', 'search', '/'),
    bind('search.next', 'next match', 'n'),
    bind('search.previous', 'previous match', 'N'),
    bind('message.previous', 'previous message', '{'),
    bind('message.next', 'next message', '}'),
    bind('process.previous', 'previous command', '['),
    bind('process.next', 'next command', ']'),
    bind('unfold', 'unfold', 'enter', 'right'),
    bind('fold', 'fold', 'left'),
    bind('only.trouble', 'only failures and questions', 'o'),
    bind('view.close', 'close', 'q', 'ctrl-t'),
  ],
  search: [
    bind('search.stay', 'stay here', 'enter'),
    bind('search.next', 'next match', 'down', 'ctrl-n'),
    bind('search.previous', 'previous match', 'up', 'ctrl-p', 'ctrl-r'),
    bind('search.erase', 'delete a letter', 'backspace', 'ctrl-h'),
  ],
  completion: [
    bind('list.up', 'row up', 'up', 'ctrl-p'),
    bind('list.down', 'row down', 'down', 'ctrl-n'),
    bind('list.page.up', '', 'page-up'),
    bind('list.page.down', '', 'page-down'),
    bind('completion.take', 'take the marked row', 'tab'),
    bind('completion.enter', 'take a row you moved to or began to type, else send', 'enter'),
    bind('completion.close', 'close the list', 'esc', 'ctrl-c'),
  ],
  background: [
    bind('list.up', 'row up', 'up'),
    bind('list.down', 'row down', 'down'),
    bind('pane.foreground', 'bring it back', 'enter'),
    bind('pane.full', 'full screen', 'f'),
    bind('pane.type', 'type into it', 'i'),
    bind('output.last', 'read its output', 'o'),
    bind('process.stop', 'stop it; again harder', 'k'),
    bind('view.close', 'close', 'q'),
  ],
  permissions: [
    bind('list.up', 'row up', 'up'),
    bind('list.down', 'row down', 'down'),
    bind('grant.revoke', 'revoke it', 'x'),
    bind('grant.restore', 'restore one of an earlier run', 'r'),
    bind('grant.details', 'all that it allows', 'enter'),
    bind('view.close', 'close', 'q', 'esc', 'ctrl-c'),
  ],
  help: [
    bind('scroll.up', 'row up', 'up'),
    bind('scroll.down', 'row down', 'down'),
    bind('scroll.page.up', 'a page up', 'page-up'),
    bind('scroll.page.down', 'a page down', 'page-down', 'space'),
    bind('search.erase', 'delete a letter of the filter', 'backspace'),
    bind('view.close', 'close', 'enter'),
  ],
};
