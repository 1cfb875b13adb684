// What stays of a conversation when it is replaced by its summary?

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  functionCall,
  functionCallOutput,
  type ResponseItem,
  textOf,
  userMessage,
} from '../../../src/core/agent/index.ts';
import { tokensOf, tokensOfAll, tokensOfText, withinTokens } from '../../../src/core/context/estimate.ts';
import { compactedItems, shortened } from '../../../src/core/context/index.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

const answer = (text: string): ResponseItem => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});

const conversation = fc
  .array(
    fc.oneof(
      fc.string().map((text) => [userMessage(`u${text}`)]),
      fc.string().map((text) => [answer(text)]),
      fc.uuid().map((id) => [functionCall('exec_command', { cmd: 'ls' }, id), functionCallOutput(id, 'a\nb')]),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.flat());

describe('a summarised conversation', () => {
  it('is the first message, the newest ones and the summary with what is known for certain', () => {
    const items = [userMessage('the task'), answer('yes'), functionCall('exec_command', { cmd: 'x' }, 'c1')];
    const kept = compactedItems({
      items: [...items, functionCallOutput('c1', 'out'), userMessage('and more')],
      summary: 'Goal: it.',
      state: 'Running commands:\n- session 1: x',
      window: null,
    });
    expect(kept.map(textOf).slice(0, 2)).toEqual(['the task', 'and more']);
    expect(textOf(kept[2] ?? answer(''))).toMatch(
      /Goal: it\.\n\nWhat the program knows for certain:\nRunning commands:/,
    );
    expect(kept).toHaveLength(3);
  });

  it('summarised again does not carry the earlier summary along', () => {
    const first = compactedItems({ items: [userMessage('task')], summary: 'one', state: '', window: null });
    const second = compactedItems({ items: [...first, answer('x')], summary: 'two', state: '', window: null });
    expect(second.map(textOf).join('|')).not.toContain('one');
    expect(second).toHaveLength(2);
  });

  it('takes less than half of any window, however long the messages and the summary are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 5_000 }), { minLength: 1, maxLength: 20 }),
        fc.string({ maxLength: 50_000 }),
        fc.integer({ min: 4_000, max: 400_000 }),
        (messages, summary, window) => {
          const items = messages.map((text) => userMessage(`u${text}`));
          const kept = compactedItems({ items, summary, state: summary, window });
          expect(tokensOfAll(kept)).toBeLessThan(window * 0.75);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a conversation that is too long for its own summary', () => {
  it('gets shorter until only the person’s messages are left, and no call is ever alone', () => {
    fc.assert(
      fc.property(conversation, (items) => {
        let left: readonly ResponseItem[] = items;
        for (let next = shortened(left); next !== null; next = shortened(left)) {
          expect(next.length).toBeLessThan(left.length);
          const made = next.flatMap(({ type, call_id }) => (type === 'function_call' ? [call_id] : []));
          const answered = next.flatMap(({ type, call_id }) => (type === 'function_call_output' ? [call_id] : []));
          expect(answered).toEqual(made);
          left = next;
        }
        expect(left).toEqual(items.filter(({ role }) => role === 'user'));
      }),
    );
  });
});

describe('an estimate', () => {
  it('counts an image by what it costs, not by its data', () => {
    const image = { type: 'input_image', image_url: `data:image/png;base64,${'A'.repeat(1_000_000)}` };
    expect(tokensOf(userMessage('look', [image]))).toBeLessThan(2_000);
  });

  it('keeps the ends of a long text within its bound, and whole characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 3_000 }),
        fc.integer({ min: 20, max: 500 }),
        (text, most) => {
          const kept = withinTokens(text, most);
          if (tokensOfText(text) <= most) expect(kept).toBe(text);
          else expect(kept).toMatch(/\[\d+ tokens left out\]/);
          expect(kept).not.toMatch(LONE_SURROGATE);
        },
      ),
    );
  });
});
