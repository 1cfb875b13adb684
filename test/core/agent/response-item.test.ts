import { describe, expect, it } from 'vitest';
import {
  functionCall,
  functionCallOutput,
  responseItemFrom,
  textOf,
  userMessage,
  withAnsweredCalls,
} from '../../../src/core/agent/index.ts';

describe('a conversation', () => {
  it('with a call nobody answered gets an answer for it, directly behind it, and is otherwise unchanged', () => {
    const lost = functionCall('exec_command', { cmd: 'make' }, 'a');
    const answered = functionCall('exec_command', { cmd: 'ls' }, 'b');
    const items = [userMessage('go'), lost, answered, functionCallOutput('b', 'ok')];
    expect(withAnsweredCalls(items, 'lost')).toEqual([
      items[0],
      lost,
      functionCallOutput('a', 'lost'),
      answered,
      functionCallOutput('b', 'ok'),
    ]);
  });

  it('keeps every field of an item that it reads, and takes nothing that is none', () => {
    const strange = { type: 'later_kind', deep: [{ a: null }], flag: true };
    expect(responseItemFrom(strange)).toEqual(strange);
    for (const none of [null, 'x', 3, [], {}, { type: 4 }]) expect(responseItemFrom(none)).toBeNull();
  });

  it('gives the text of a message in either spelling', () => {
    expect(textOf({ type: 'message', content: [{ text: 'a' }, { image: 'x' }, { text: 'b' }] })).toBe('ab');
    expect(textOf({ type: 'message', content: 'plain' })).toBe('plain');
  });
});
