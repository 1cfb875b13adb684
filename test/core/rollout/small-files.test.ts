import { appendFileSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUuid, readMessages, rememberMessage, uuid7 } from '../../../src/core/rollout/index.ts';
import { startTicks } from '../../../src/core/rollout/owner.ts';
import { timeOfUuid7 } from '../../../src/core/rollout/uuid7.ts';
import { inHome } from './written.ts';

describe('messages typed earlier', () => {
  it('come back oldest first, adjacent equals once, without those that began with a space', async () => {
    await inHome((codexHome) => {
      for (const text of ['one', 'two\nlines', 'two\nlines', ' secret', '', 'one'])
        rememberMessage(codexHome, 's', text, 5_999);
      expect(readMessages(codexHome)).toEqual(['one', 'two\nlines', 'one']);
      const path = join(codexHome, 'history.jsonl');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, 'utf8').split('\n')[0]).toBe('{"session_id":"s","ts":5,"text":"one"}');
    });
  });

  it('are the newest 10,000 of the last 8 MB, whatever else the file holds', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'history.jsonl');
      const entry = (index: number): string => `${JSON.stringify({ session_id: 's', ts: 1, text: `m${index}` })}\n`;
      appendFileSync(path, `${'x'.repeat(9_000_000)}\n`);
      appendFileSync(path, Array.from({ length: 12_000 }, (_, index) => entry(index)).join(''));
      appendFileSync(path, '{"torn');
      const messages = readMessages(codexHome);
      expect(messages).toHaveLength(10_000);
      expect(messages.at(-1)).toBe('m11999');
    });
  });

  it('are not written through a link that somebody put there', async () => {
    await inHome((codexHome) => {
      symlinkSync(join(codexHome, 'elsewhere'), join(codexHome, 'history.jsonl'));
      expect(rememberMessage(codexHome, 's', 'text', 1)).toMatchObject({ ok: false });
    });
  });
});

describe('a session id', () => {
  it('is a version 7 UUID that tells its time and sorts by it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 46 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (time, random) => {
        const id = uuid7(time, random);
        expect(isUuid(id)).toBe(true);
        expect(id).toMatch(/^.{14}7.{4}[89ab]/);
        expect(timeOfUuid7(id)).toBe(time);
        expect(uuid7(time + 1, random) > id).toBe(true);
      }),
    );
  });
});

describe('the start time of a process', () => {
  it('is found behind a name with brackets and blanks', () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(index + 4));
    expect(startTicks(`12 (a) b (c)) S ${fields.join(' ')}`)).toBe(22);
  });
});
