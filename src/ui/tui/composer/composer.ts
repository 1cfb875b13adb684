// The message being written: text, place in the history, scroll position, and what each editing action makes of them.

import { backToDraft, type HistoryWalk, newer, older, startWalk, type WalkStep } from './history.ts';
import { emptySearch, foundIn, type HistorySearch, stepped, withQuery } from './history-search.ts';
import {
  expandPaste,
  imagesOf,
  insertImage,
  insertPaste,
  type PasteFold,
  replaceWithImages,
  takeText,
} from './paste.ts';
import {
  clear,
  deleteBack,
  deleteForward,
  emptyBuffer,
  type FoldedImage,
  insert,
  killBlankBack,
  killToEnd,
  killToHome,
  killWordBack,
  killWordForward,
  moveEnd,
  moveHome,
  moveLeft,
  moveRight,
  moveWordLeft,
  moveWordRight,
  redo,
  replaceAll,
  restoreSnapshot,
  type TextBuffer,
  undo,
  yank,
  yankRotate,
} from './text-buffer.ts';
import { moveVertically } from './vertical.ts';

export interface Composer {
  readonly buffer: TextBuffer;
  readonly walk: HistoryWalk;
  /** Earlier messages are searched; the draft waits meanwhile. */
  readonly search: HistorySearch | null;
  /** First shown row, handed from layout to layout. */
  readonly top: number;
}

export const emptyComposer: Composer = { buffer: emptyBuffer, walk: startWalk([]), search: null, top: 0 };

const EDITS: Readonly<Record<string, (buffer: TextBuffer) => TextBuffer>> = {
  newline: (buffer) => insert(buffer, '\n'),
  'move.left': moveLeft,
  'move.right': moveRight,
  'move.word.left': moveWordLeft,
  'move.word.right': moveWordRight,
  'move.home': moveHome,
  'move.end': moveEnd,
  'delete.back': deleteBack,
  'delete.forward': deleteForward,
  'delete.word.back.blank': killBlankBack,
  'delete.word.back': killWordBack,
  'delete.word.forward': killWordForward,
  'kill.home': killToHome,
  'kill.end': killToEnd,
  yank,
  'yank.rotate': yankRotate,
  undo,
  redo,
  'paste.expand': expandPaste,
};

/** What an editing action makes of the composer; null when it is none. `cells`: width of its text. */
export function edited(composer: Composer, action: string, cells: number): Composer | null {
  if (action === 'move.up' || action === 'move.down') return movedOrWalked(composer, action, cells);
  const edit = EDITS[action];
  return edit === undefined ? null : { ...composer, buffer: edit(composer.buffer) };
}

export function typed(composer: Composer, text: string): Composer {
  if (composer.search !== null) return withSearchFor(composer, composer.search.query + text.replace(/\s+/g, ' '));
  return { ...composer, buffer: insert(composer.buffer, text) };
}

export function pasted(composer: Composer, text: string, fold: PasteFold): Composer {
  if (composer.search !== null) return typed(composer, text);
  return { ...composer, buffer: insertPaste(composer.buffer, text, fold) };
}

/** Puts images at the cursor, each with a blank behind it. */
export function attached(composer: Composer, images: readonly FoldedImage[]): Composer {
  const buffer = images.reduce((before, image) => insert(insertImage(before, image), ' '), composer.buffer);
  return { ...searchLeft(composer), buffer };
}

export interface TakenMessage {
  /** Images are named in it by their labels. */
  readonly text: string;
  readonly images: readonly FoldedImage[];
  readonly composer: Composer;
}

/** Takes the message out to be sent; the walk begins anew with it as the newest entry. */
export function taken(composer: Composer): TakenMessage {
  const { text, images, buffer } = takeText(composer.buffer);
  const isKept = text.trim() !== '' && !text.startsWith(' ');
  const walk = startWalk(isKept ? [text, ...composer.walk.entries] : composer.walk.entries);
  return { text, images, composer: { buffer, walk, search: null, top: 0 } };
}

/** Into the kill ring, from where it can be yanked back. */
export function cleared(composer: Composer): Composer {
  return { ...composer, buffer: clear(composer.buffer), walk: startWalk(composer.walk.entries), top: 0 };
}

/** What an editor made of the message, in one step of undo. */
export function rewritten(composer: Composer, text: string): Composer {
  const { buffer } = composer;
  return { ...composer, buffer: replaceWithImages(buffer, [0, buffer.text.length], text, imagesOf(buffer)) };
}

/** A message that was not sent comes back in front of what was typed since. `sent`: images that went with messages. */
export function givenBack(composer: Composer, text: string, sent: readonly FoldedImage[] = []): Composer {
  const { buffer } = composer;
  const back = buffer.text === '' ? text : `${text}\n\n`;
  return { ...composer, buffer: replaceWithImages(buffer, [0, 0], back, sent) };
}

export function withHistory(composer: Composer, oldestFirst: readonly string[]): Composer {
  return { ...composer, walk: startWalk([...oldestFirst].reverse()) };
}

/** No text, no recalled entry, no search: a key can only begin something new. */
export function isAtRest({ buffer, search }: Composer): boolean {
  return buffer.text === '' && search === null;
}

export function searchBegun(composer: Composer): Composer {
  return { ...composer, search: composer.search ?? emptySearch };
}

/** What an action of the search makes of it. A message that was found is walked to, so that the draft can come back. */
export function searched(composer: Composer, action: string): Composer {
  const { search, walk, buffer } = composer;
  if (search === null) return composer;
  switch (action) {
    case 'search.previous':
      return { ...composer, search: stepped(search, 1) };
    case 'search.next':
      return { ...composer, search: stepped(search, -1) };
    case 'search.erase':
      return withSearchFor(composer, [...search.query].slice(0, -1).join(''));
    case 'search.stay': {
      const found = foundIn(search);
      const text = found === null ? undefined : walk.entries[found.entry];
      if (found === null || text === undefined) return searchLeft(composer);
      const draft = walk.at < 0 ? buffer.text : walk.draft;
      return { ...shown(composer, { walk: { ...walk, at: found.entry, draft }, text }), search: null, top: 0 };
    }
    default:
      return composer;
  }
}

export function searchLeft(composer: Composer): Composer {
  return { ...composer, search: null };
}

function withSearchFor(composer: Composer, query: string): Composer {
  return { ...composer, search: withQuery(composer.walk.entries, query) };
}

export function isRecalled({ walk }: Composer): boolean {
  return walk.at >= 0;
}

export function backFromHistory(composer: Composer): Composer {
  return shown(composer, backToDraft(composer.walk));
}

/** Up and down move by rows; at the first and last row they walk through the history. */
function movedOrWalked(composer: Composer, action: 'move.up' | 'move.down', cells: number): Composer {
  const moved = moveVertically(composer.buffer, action === 'move.up' ? 'up' : 'down', cells);
  if (moved !== null) return { ...composer, buffer: moved };
  const step = action === 'move.up' ? older(composer.walk, composer.buffer.text) : newer(composer.walk);
  return step === null ? composer : shown(composer, step);
}

/** The draft comes back as it was, with its folded pastes; an entry of the history is text. */
function shown(composer: Composer, { walk, text }: WalkStep): Composer {
  const { buffer } = composer;
  const next = walk.at < 0 ? restoreSnapshot(buffer, { text, cursor: text.length }) : replaceAll(buffer, text);
  return { ...composer, walk, buffer: next };
}
