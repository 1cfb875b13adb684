import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../../src/core/bus/index.ts';
import { wideQuestion } from '../view/session.ts';
import { TestScreen } from './screen.ts';

const size = { cols: 80, rows: 24 };
const blocked: EventOf<'question.opened'> = { type: 'question.opened', ...wideQuestion(), command: 'npm test' };
const GONE = '\x1b[O';
const BACK = '\x1b[I';

describe('a notification', () => {
  it('comes while the window is not in front, and never while it is', async () => {
    const screen = await TestScreen.open(size);
    await screen.press('\x1bP>|WezTerm 20240203\x1b\\');
    await screen.press(BACK);
    screen.tell(blocked);
    expect(screen.beside).toEqual([]);
    await screen.press(GONE);
    screen.tell({ ...blocked, question: 'q2' });
    expect(screen.beside).toEqual(['\x1b]9;codex: npm test needs your answer\x1b\\']);
  });

  it('comes after half a minute without a key where the window does not say', async () => {
    const screen = await TestScreen.open(size);
    await screen.press('x');
    screen.tell(blocked);
    expect(screen.beside).toEqual([]);
    await screen.wait(30_000);
    screen.tell({ ...blocked, question: 'q2' });
    expect(screen.beside).toEqual(['\x07']);
  });
});
