// When does a list of completions open beside the message, what is asked for it, and what do keys do in it?

import path from 'node:path';
import { cardHasFocus } from '../approvals/guard.ts';
import {
  answered,
  asked,
  type Completion,
  chosen,
  enterTakes,
  moved,
  opened,
  type Proposal,
} from '../completion/completion.ts';
import { insertionOf } from '../completion/insertion.ts';
import { type SlashEntry, slashProposals } from '../completion/slash-menu.ts';
import { argumentAt, type CompletedWord, type WordPlace, wordAt } from '../completion/word.ts';
import { attached } from '../composer/composer.ts';
import { imageAt, isImageName } from '../composer/image-paste.ts';
import type { TextBuffer } from '../composer/text-buffer.ts';
import { replaceRange } from '../composer/text-buffer.ts';
import type { Key } from '../input/key.ts';
import { takesImages } from './composer-typing.ts';
import { loadPrompts, promptEntries } from './saved-prompts.ts';
import type { ScreenApp } from './screen-app.ts';
import { SLASH_COMMANDS } from './slash.ts';

/** Files of one answer: what a person scrolls through at most. */
const MOST_FILES = 50;
/** While a folder is being listed it is asked for again after this long. */
const ASK_AGAIN_MS = 100;
/** Listing is only spoken of when it takes longer. */
const SAID_AFTER_MS = 150;
const PAGE = 8;

export interface Completions {
  /** The list that is shown; null when there is none. */
  readonly shown: Completion | null;
  /** The message is another one now. */
  follow(): void;
  /** What a key does in the list. `send`: the message as it stands now. Null: the key is none of the list's. */
  key(key: Key): 'taken' | 'send' | null;
  /** Tab where no list is shown; false when there is nothing to complete. */
  begin(): boolean;
  close(): void;
}

export function openCompletions(app: ScreenApp): Completions {
  const { clock, door } = app.options;
  let open: Completion | null = null;
  let followed: TextBuffer | null = null;
  /** The person closed the list of this word: it stays closed until there is another word. */
  let dismissed: CompletedWord | null = null;
  let isAsking = false;
  let openedAt = 0;
  let cancelAgain: (() => void) | null = null;
  /** Tab was pressed before the answer was there: it takes the first row, or the only one. */
  let tab: 'first' | 'only' | null = null;

  function place(): WordPlace {
    const { text, cursor } = app.composer.buffer;
    return { text, cursor, isCommandLine: app.transcript.session?.model == null || text.startsWith('!') };
  }

  function shown(): Completion | null {
    if (open === null || (open.proposals.length === 0 && open.listed === null)) return null;
    const { view, panel, focus } = app.state;
    const isElsewhere = view !== null || panel !== null || focus.kind !== 'composer' || app.composer.search !== null;
    return isElsewhere || cardHasFocus(app.desk.guard) ? null : open;
  }

  function close(): void {
    cancelAgain?.();
    cancelAgain = null;
    tab = null;
    open = null;
  }

  function follow(): void {
    const { buffer, walk } = app.composer;
    if (buffer === followed) return;
    followed = buffer;
    // An earlier message that is shown as it was is not being typed.
    const isRecalled = walk.at >= 0 && walk.entries[walk.at] === buffer.text;
    const found = isRecalled ? null : isOfCommandLine(open) ? argumentAt(place()) : wordAt(place());
    if (found === null || (isOfCommandLine(open) && found.start !== open?.word.start)) {
      dismissed = null;
      return close();
    }
    if (dismissed !== null && isSameWord(dismissed, found)) return;
    dismissed = null;
    show(found);
  }

  function show(word: CompletedWord): void {
    const isNew = open === null || !isSameWord(open.word, word);
    if (open !== null && !isNew) {
      if (open.word.query === word.query && open.word.end === word.end) return;
      open = asked({ ...open, hasMoved: false, selected: 0 }, word);
    } else {
      close();
      open = opened(word);
      openedAt = clock.now();
    }
    if (word.kind !== 'command') return ask();
    open = answered(open, slashProposals(entries(), word.query));
    if (!isNew) return;
    void loadPrompts(app).then(() => {
      if (open?.word.kind !== 'command') return;
      open = answered(open, slashProposals(entries(), open.word.query));
      app.painter.changed();
    });
  }

  function entries(): readonly SlashEntry[] {
    const own = SLASH_COMMANDS.flatMap(({ names, argument, text }) =>
      names.slice(0, 1).map((name): SlashEntry => ({ name, argument, text, origin: 'built-in' })),
    );
    return [...own, ...promptEntries(app)];
  }

  /** One question at a time: what is typed meanwhile is asked for when it is answered. */
  function ask(): void {
    cancelAgain?.();
    cancelAgain = null;
    if (isAsking || open === null) return;
    const { word } = open;
    isAsking = true;
    found(word)
      .then((answer) => {
        isAsking = false;
        if (open === null) return;
        if (!isSameWord(open.word, word) || open.word.query !== word.query) return ask();
        const isLong = answer.isPartial && clock.now() - openedAt >= SAID_AFTER_MS;
        open = answered(open, answer.proposals, isLong ? answer.known : null);
        if (answer.isPartial) cancelAgain = clock.after(ASK_AGAIN_MS, ask);
        if (tab !== null) tabAnswered(tab);
        app.painter.changed();
      })
      .catch((error: unknown) => {
        isAsking = false;
        app.onDefect(error);
      });
  }

  async function found(word: CompletedWord): Promise<Found> {
    if (word.kind === 'program') {
      const { names } = await door.query({ type: 'programs', query: word.query, limit: MOST_FILES });
      const marks = [[0, word.query.length] as const];
      const proposals = names.map((name) => ({ text: name, shown: name, marks, argument: '', about: '' }));
      return { proposals, isPartial: false, known: names.length };
    }
    const answer = await door.query({ type: 'files', query: queryOf(word), limit: MOST_FILES });
    return { ...answer, proposals: proposalsOf(answer.files, word) };
  }

  function tabAnswered(takes: 'first' | 'only'): void {
    tab = null;
    const row = open === null ? null : chosen(open);
    if (row === null || open === null) return;
    // What does not begin as it was typed is a guess, and not written by itself.
    const isOnly = open.proposals.length === 1 && row.text.startsWith(open.word.query);
    if (takes === 'first' || isOnly) take(row);
  }

  function take(row: Proposal): void {
    if (open === null) return;
    const { word } = open;
    const { text } = app.composer.buffer;
    const follows = text.slice(word.end);
    if (word.kind === 'command') {
      const blank = row.argument === '' || /^\s/.test(follows) ? '' : ' ';
      write(word, `/${row.text}${blank}`);
      dismissed = { ...word, query: row.text };
      return close();
    }
    const image =
      word.kind === 'mention' && takesImages(app) && isImageName(row.text) ? imageAt(absolute(row.text)) : null;
    if (image !== null) {
      close();
      write(word, '');
      app.composer = attached(app.composer, [image]);
      return;
    }
    const insertion = insertionOf(word, row.text, { isCommandLine: place().isCommandLine, follows });
    if (!insertion.goesOn) close();
    write(word, insertion.text);
  }

  /** A mentioned file lies where commands start, unless it says otherwise. */
  function absolute(file: string): string {
    if (file.startsWith('~/')) return path.join(app.options.look.home, file.slice(2));
    const { environment, session } = app.transcript;
    return path.resolve(environment?.cwd ?? session?.cwd ?? '/', file);
  }

  function write(word: CompletedWord, text: string): void {
    app.composer = { ...app.composer, buffer: replaceRange(app.composer.buffer, word.start, word.end, text) };
  }

  return {
    get shown() {
      return shown();
    },
    follow,
    key(key) {
      const list = shown();
      if (list === null) return null;
      const meaning = app.keys.meaning(['completion'], key, null, 0);
      if (meaning.kind !== 'action') return null;
      switch (meaning.action) {
        case 'list.up':
          open = moved(list, -1);
          return 'taken';
        case 'list.down':
          open = moved(list, 1);
          return 'taken';
        case 'list.page.up':
          open = moved(list, -PAGE);
          return 'taken';
        case 'list.page.down':
          open = moved(list, PAGE);
          return 'taken';
        case 'completion.close':
          dismissed = list.word;
          close();
          return 'taken';
        case 'completion.take': {
          const row = chosen(list);
          if (row === null) return 'taken';
          if (list.isBehind) tab = 'first';
          else take(row);
          return 'taken';
        }
        case 'completion.enter': {
          const row = chosen(list);
          if (row === null || !enterTakes(list)) return null;
          take(row);
          // A command that was chosen runs, unless it cannot without what follows its name.
          const runs = list.word.kind === 'command' && list.hasMoved && !/^[^[]/.test(row.argument);
          return runs ? 'send' : 'taken';
        }
        default:
          return null;
      }
    },
    begin() {
      if (dismissed !== null) {
        const word = wordAt(place());
        dismissed = null;
        if (word !== null) show(word);
        return word !== null;
      }
      if (open !== null) {
        if (open.word.kind === 'command') return false;
        tab = 'first';
        return true;
      }
      const word = argumentAt(place());
      if (word === null) return false;
      show(word);
      tab = 'only';
      return true;
    },
    close,
  };
}

interface Found {
  readonly proposals: readonly Proposal[];
  readonly isPartial: boolean;
  readonly known: number;
}

/** Opened with Tab: such a word is left when the next one begins. */
function isOfCommandLine(open: Completion | null): boolean {
  return open?.word.kind === 'argument' || open?.word.kind === 'program';
}

function isSameWord(one: CompletedWord, other: CompletedWord): boolean {
  return one.kind === other.kind && one.start === other.start;
}

/** A word of a command line is looked for in the folder it names, as its shell would. */
function queryOf({ kind, query }: CompletedWord): string {
  return kind !== 'argument' || /^(?:\/|~\/|\.\.?\/)/.test(query) ? query : `./${query}`;
}

function proposalsOf(
  files: readonly { readonly path: string; readonly marks: readonly (readonly [number, number])[] }[],
  word: CompletedWord,
): readonly Proposal[] {
  const cut = queryOf(word).length - word.query.length;
  return files.map(({ path, marks }) => ({
    text: path.slice(cut),
    shown: path.slice(cut),
    marks: marks.map(([from, to]) => [Math.max(0, from - cut), Math.max(0, to - cut)] as const),
    argument: '',
    about: '',
  }));
}
