import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandPaste, fullText, insertPaste, pasteLabel, takeText } from '../../../../src/ui/tui/composer/paste.ts';
import * as edit from '../../../../src/ui/tui/composer/text-buffer.ts';

const fold = { lines: 10, chars: 1000 };

type Buffer_ = edit.TextBuffer;

/** A buffer from a text with `|` where the cursor is. */
function at(marked: string): Buffer_ {
  const cursor = marked.indexOf('|');
  return { ...edit.emptyBuffer, text: marked.replace('|', ''), cursor };
}

function shown({ text, cursor }: Buffer_): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

function type(buffer: Buffer_, text: string): Buffer_ {
  return [...text].reduce((before, character) => edit.insert(before, character), buffer);
}

describe('moving and deleting', () => {
  it.each([
    ['left over a cluster', edit.moveLeft, 'a👩‍👩‍👧|b', 'a|👩‍👩‍👧b'],
    ['left over an accent', edit.moveLeft, 'e\u0301|', '|e\u0301'],
    ['left over a flag', edit.moveLeft, '🇩🇪🇫🇷|', '🇩🇪|🇫🇷'],
    ['right over a wide character', edit.moveRight, '|日本', '日|本'],
    ['right at the end', edit.moveRight, 'a|', 'a|'],
    ['back over a cluster', edit.deleteBack, 'a👍🏽|', 'a|'],
    ['back at the start', edit.deleteBack, '|a', '|a'],
    ['forward over a cluster', edit.deleteForward, '|e\u0301x', '|x'],
    ['word left', edit.moveWordLeft, 'one two-three|', 'one two-|three'],
    ['word left over blanks', edit.moveWordLeft, 'one two  |', 'one |two  '],
    ['word right', edit.moveWordRight, '|  one two', '  one| two'],
    ['word right over other scripts', edit.moveWordRight, '|Füße über', 'Füße| über'],
    ['home', edit.moveHome, 'one\ntwo|', 'one\n|two'],
    ['home again', edit.moveHome, 'one\n|two', '|one\ntwo'],
    ['end', edit.moveEnd, 'o|ne\ntwo', 'one|\ntwo'],
    ['end again', edit.moveEnd, 'one|\ntwo', 'one\ntwo|'],
    ['kill a word back', edit.killWordBack, 'git push --force|', 'git push --|'],
    ['kill back to a blank', edit.killBlankBack, 'git push --force |', 'git push |'],
    ['kill a word forward', edit.killWordForward, 'a| word b', 'a| b'],
    ['kill to the line start', edit.killToHome, 'one\ntwo| x', 'one\n| x'],
    ['kill the line break before', edit.killToHome, 'one\n|two', 'one|two'],
    ['kill to the line end', edit.killToEnd, 'o|ne\ntwo', 'o|\ntwo'],
    ['kill the line break behind', edit.killToEnd, 'one|\ntwo', 'one|two'],
  ] as const)('%s', (_what, step, before, after) => {
    expect(shown(step(at(before)))).toBe(after);
  });
});

describe('the kill ring', () => {
  it('joins kills that follow each other, in the order the text had', () => {
    const buffer = edit.killToEnd(edit.killWordBack(edit.killWordBack(at('one two| three'))));
    expect(shown(buffer)).toBe('|');
    expect(shown(edit.yank(buffer))).toBe('one two three|');
  });

  it('starts a new entry after anything else, and rotates through the entries', () => {
    let buffer = edit.killToEnd(at('|first'));
    buffer = edit.killToHome(type(buffer, 'second'));
    buffer = edit.yank(buffer);
    expect(shown(buffer)).toBe('second|');
    buffer = edit.yankRotate(buffer);
    expect(shown(buffer)).toBe('first|');
    expect(shown(edit.yankRotate(buffer))).toBe('second|');
    expect(shown(edit.yankRotate(edit.moveLeft(buffer)))).toBe('firs|t');
  });

  it('keeps sixteen entries and a megabyte', () => {
    let buffer = edit.emptyBuffer;
    for (let count = 0; count < 20; count += 1) buffer = edit.clear(type(buffer, `text ${count}`));
    expect(buffer.kills).toHaveLength(16);
    expect(buffer.kills[0]).toBe('text 19');
    const large = 'x'.repeat(700_000);
    buffer = edit.clear(edit.insertWhole(edit.clear(edit.insertWhole(buffer, large)), large));
    expect(buffer.kills).toEqual([large]);
  });

  it('gets a cleared draft back', () => {
    const cleared = edit.clear(at('a dra|ft'));
    expect(shown(cleared)).toBe('|');
    expect(shown(edit.yank(cleared))).toBe('a draft|');
    expect(shown(edit.undo(cleared))).toBe('a dra|ft');
  });
});

describe('undo', () => {
  it('takes back a word, a kill and a paste each in one step, and brings them again', () => {
    let buffer = type(edit.emptyBuffer, 'hello wide world');
    buffer = edit.killWordBack(edit.killWordBack(buffer));
    buffer = edit.insertWhole(buffer, 'pasted text');
    const steps = ['hello pasted text|', 'hello |', 'hello wide world|', 'hello wide|', 'hello|', '|'];
    for (const step of steps) {
      expect(shown(buffer)).toBe(step);
      buffer = edit.undo(buffer);
    }
    expect(shown(buffer)).toBe('|');
    for (const step of steps.slice(0, -1).reverse()) {
      buffer = edit.redo(buffer);
      expect(shown(buffer)).toBe(step);
    }
  });

  it('keeps 500 steps', () => {
    let buffer = edit.emptyBuffer;
    for (let count = 0; count < 600; count += 1) buffer = edit.insertWhole(buffer, 'x');
    for (let count = 0; count < 600; count += 1) buffer = edit.undo(buffer);
    expect(buffer.text).toHaveLength(100);
  });

  it('brings a sent message back as a draft, until something else is typed', () => {
    const sent = takeText(type(edit.emptyBuffer, 'do it'));
    expect(sent.text).toBe('do it');
    expect(shown(sent.buffer)).toBe('|');
    expect(shown(edit.undo(sent.buffer))).toBe('do it|');
    const next = type(sent.buffer, 'x');
    expect(shown(edit.undo(edit.undo(next)))).toBe('|');
  });

  it('undoes any sequence of edits to the beginning and redoes it to the end', () => {
    const step = fc.constantFrom<(buffer: Buffer_) => Buffer_>(
      (buffer) => edit.insert(buffer, 'a'),
      (buffer) => edit.insert(buffer, ' '),
      (buffer) => edit.insert(buffer, '日'),
      (buffer) => edit.insertWhole(buffer, 'one\ntwo'),
      (buffer) => insertPaste(buffer, 'long\n'.repeat(20), fold),
      edit.deleteBack,
      edit.deleteForward,
      edit.killWordBack,
      edit.killToEnd,
      edit.yank,
      edit.yankRotate,
      edit.moveLeft,
      edit.moveWordRight,
      edit.moveHome,
      edit.clear,
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const end = steps.reduce((buffer, apply) => apply(buffer), edit.emptyBuffer);
        expect(end.cursor).toBeLessThanOrEqual(end.text.length);
        let back = end;
        while (back.undoSteps.length > 0) back = edit.undo(back);
        expect(back.text).toBe('');
        while (back.redoSteps.length > 0) back = edit.redo(back);
        expect(back.text).toBe(end.text);
      }),
    );
  });
});

describe('a paste', () => {
  const long = Array.from({ length: 10_000 }, (_, line) => `this is line ${line}`)
    .join('\n')
    .concat('\n');

  it('that is short becomes text, a long one a single character that sends all of it', () => {
    expect(shown(insertPaste(at('a|b'), 'one\ntwo', fold))).toBe('aone\ntwo|b');
    const folded = insertPaste(at('see |!'), long, fold);
    expect(folded.text.length).toBe('see !'.length + 2);
    expect(fullText(folded)).toBe(`see ${long}!`);
    expect(takeText(folded).text).toBe(`see ${long}!`);
    expect(pasteLabel(long, null)).toBe('[pasted 10,000 lines, 179 kB]');
    expect(pasteLabel('x'.repeat(2000), 2)).toBe('[pasted #2 1 line, 2 kB]');
    expect(insertPaste(edit.emptyBuffer, long, false).text).toBe(long);
  });

  it('is deleted, undone, killed and yanked as one character', () => {
    const folded = insertPaste(edit.emptyBuffer, long, fold);
    const deleted = edit.deleteBack(folded);
    expect(deleted.text).toBe('');
    expect(fullText(edit.undo(deleted))).toBe(long);
    expect(fullText(edit.yank(edit.clear(folded)))).toBe(long);
    expect(edit.moveLeft(folded).cursor).toBe(0);
  });

  it('is expanded in place when the cursor is on it or behind it', () => {
    const folded = insertPaste(at('see |!'), long, fold);
    expect(expandPaste(folded).text).toBe(`see ${long}!`);
    expect(expandPaste(edit.moveLeft(folded)).text).toBe(`see ${long}!`);
    expect(edit.undo(expandPaste(folded)).text).toBe(folded.text);
    expect(expandPaste(edit.moveHome(folded))).toEqual(edit.moveHome(folded));
  });

  it('is not confused with the same character in later text', () => {
    const folded = insertPaste(edit.emptyBuffer, long, fold);
    expect(fullText(edit.insert(folded, folded.text))).toBe(`${long}\ufffd`);
  });

  it('comes back with the draft after a walk through the history', () => {
    const folded = insertPaste(edit.emptyBuffer, long, fold);
    const walked = edit.replaceAll(folded, 'earlier');
    expect(fullText(edit.restoreSnapshot(walked, folded))).toBe(long);
  });

  it('is forgotten once it was sent and something else is typed', () => {
    const sent = takeText(insertPaste(edit.emptyBuffer, long, fold));
    expect(type(sent.buffer, 'x').folded.size).toBe(0);
  });
});
