import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuestionValue } from '../../../../src/core/bus/index.ts';
import {
  cardHasFocus,
  type Guard,
  type GuardEffect,
  type GuardEvent,
  type GuardKey,
  guardStep,
  guardWakesAt,
  noQuestion,
  type Surroundings,
} from '../../../../src/ui/tui/approvals/guard.ts';
import { denialOf, questionOf, wideQuestion } from '../view/session.ts';

/** A screen with a composer and a card, and a clock that only this test moves. */
class Screen {
  guard: Guard = noQuestion;
  now = 100_000;
  composer = '';
  isElsewhere = false;
  readonly decisions: { question: string; decision: string; reason: string }[] = [];
  readonly others: GuardEffect['do'][] = [];

  send(event: GuardEvent): this {
    const { guard, effects } = guardStep(this.guard, event, this.around(), this.now);
    this.guard = guard;
    for (const effect of effects) {
      if (effect.do === 'to_composer') {
        if (effect.press.key === 'text' || effect.press.key === 'paste') this.composer += effect.press.text;
        if (effect.press.key === 'enter') this.composer = '';
      } else if (effect.do === 'decide')
        this.decisions.push({ question: effect.question, decision: effect.decision, reason: effect.reason });
      else this.others.push(effect.do);
    }
    return this;
  }

  /** Lets time pass the way a program does: it sleeps until the guard wants to be woken. */
  wait(ms: number): this {
    const end = this.now + ms;
    for (let wakes = 0; wakes < 10; wakes++) {
      const at = guardWakesAt(this.guard, this.around());
      if (at === null || at > end) break;
      this.now = Math.max(this.now, at);
      this.send({ type: 'time' });
    }
    this.now = end;
    return this;
  }

  type(text: string): this {
    for (const character of text) this.key({ key: 'text', text: character });
    return this;
  }

  key(press: GuardKey): this {
    return this.send({ type: 'key', press });
  }

  press(key: 'enter' | 'escape' | 'interrupt' | 'tab' | 'up' | 'down' | 'backspace'): this {
    return this.key({ key });
  }

  /** A question opens and the terminal has its card at once. */
  open(question: QuestionValue = questionOf(1, 'npm install')): this {
    return this.send({ type: 'question', question }).send({ type: 'painted' });
  }

  /** An open card that took the focus by itself and can be answered. */
  armed(question?: QuestionValue): this {
    return this.wait(2_000).open(question).wait(600);
  }

  /** An open card that the person went to. */
  focused(question?: QuestionValue): this {
    return this.open(question).send({ type: 'focus' }).send({ type: 'painted' }).wait(150);
  }

  private around(): Surroundings {
    return { composerIsEmpty: this.composer === '', isElsewhere: this.isElsewhere };
  }
}

const second = questionOf(2, 'pip install');
const third = questionOf(3, 'cargo build');

describe('type-ahead never answers', () => {
  it('keeps a sentence that goes on after a pause in the composer (flow 14)', () => {
    const screen = new Screen().type('hello').open().wait(3_000).type(' yes').wait(5_000);
    expect([screen.composer, screen.decisions]).toEqual(['hello yes', []]);
    expect(screen.guard.phase.kind).toBe('waiting');
  });

  it('takes a key that comes before there was time to read as typing (flow 15)', () => {
    const screen = new Screen().wait(2_000).open().wait(300).type('y').wait(2_000);
    expect([screen.composer, screen.decisions]).toEqual(['y', []]);
  });

  it('takes a word that begins with a choice as typing (flow 16)', () => {
    const screen = new Screen().armed().type('y').wait(90).type('o').wait(90).type('u').wait(1_000);
    expect([screen.composer, screen.decisions]).toEqual(['you', []]);
  });

  it('lets one deliberate key answer (flow 17)', () => {
    const screen = new Screen().armed().type('y');
    expect(screen.decisions).toEqual([]);
    screen.wait(300);
    expect(screen.decisions).toEqual([{ question: 'q1', decision: 'once', reason: '' }]);
    expect(screen.composer).toBe('');
  });

  it('never takes an answer from a paste (flow 18)', () => {
    for (const ready of [new Screen().armed(), new Screen().focused()]) {
      ready.key({ key: 'paste', text: 'yes, all of it\n' }).wait(2_000);
      expect([ready.composer, ready.decisions]).toEqual(['yes, all of it\n', []]);
    }
    const unmarked = new Screen().focused().key({ key: 'text', text: 'yes please' }).wait(2_000);
    expect([unmarked.composer, unmarked.decisions]).toEqual(['yes please', []]);
  });

  it('does not let a key for one card reach the next (flow 19)', () => {
    const screen = new Screen().armed().type('y').wait(300);
    screen.open(second).wait(100).type('y').wait(700).open(third).wait(2_000);
    expect(screen.decisions.map(({ question }) => question)).toEqual(['q1']);
    expect(screen.composer).toBe('y');
  });

  it('takes two quick letters as typing (flow 19)', () => {
    const screen = new Screen().armed().type('y').wait(100).type('y').wait(2_000);
    expect([screen.composer, screen.decisions]).toEqual(['yy', []]);
  });

  it('counts the time to read from when the terminal has the card', () => {
    const screen = new Screen()
      .wait(2_000)
      .send({ type: 'question', question: questionOf(1, 'x') })
      .wait(5_000);
    expect(screen.guard.phase.kind).toBe('waiting');
    screen.send({ type: 'painted' }).wait(599).type('y');
    expect([screen.composer, screen.guard.phase.kind]).toEqual(['y', 'waiting']);
  });

  it('drops the Enter of a message that was just sent', () => {
    const screen = new Screen().wait(2_000).open().wait(300).press('enter').wait(300).type('n').wait(300);
    expect(screen.decisions.map(({ decision }) => decision)).toEqual(['refused']);
  });

  it('takes no focus while somebody types elsewhere, nor in a window that is not in front', () => {
    const elsewhere = new Screen();
    elsewhere.isElsewhere = true;
    expect(elsewhere.wait(2_000).open().wait(9_000).guard.phase.kind).toBe('waiting');
    const behind = new Screen().send({ type: 'window', isInFront: false }).open().wait(9_000);
    expect(behind.guard.phase.kind).toBe('waiting');
    expect(behind.send({ type: 'window', isInFront: true }).wait(599).guard.phase.kind).toBe('arming');
    expect(behind.wait(1).guard.phase.kind).toBe('live');
  });

  it('gives a held letter back when the window goes behind another', () => {
    const screen = new Screen().armed().type('y').send({ type: 'window', isInFront: false }).wait(1_000);
    expect([screen.composer, screen.decisions]).toEqual(['y', []]);
  });

  it('arms anew when the card changes', () => {
    const screen = new Screen().armed();
    screen
      .send({ type: 'question', question: { ...questionOf(1, 'npm install'), shown: 'other' } })
      .send({ type: 'painted' });
    expect(screen.wait(599).guard.phase.kind).toBe('arming');
    screen.type('y').wait(500);
    expect([screen.composer, screen.decisions]).toEqual(['y', []]);
  });

  it('answers only what the terminal showed: the decision carries what was seen', () => {
    const question = questionOf(1, 'x');
    const step = guardStep(
      new Screen().focused(question).guard,
      { type: 'key', press: { key: 'text', text: 'n' } },
      { composerIsEmpty: true, isElsewhere: false },
      200_000,
    );
    expect(step.effects).toEqual([
      { do: 'decide', question: 'q1', shown: question.shown, decision: 'refused', reason: '' },
    ]);
  });

  it('decides nothing without a card, and nothing twice', () => {
    const screen = new Screen().type('y').wait(5_000);
    expect([screen.composer, screen.decisions]).toEqual(['y', []]);
    const twice = new Screen().focused().type('n').wait(50).type('n').press('enter').wait(3_000);
    expect(twice.decisions).toHaveLength(1);
  });

  it('never decides for somebody who types words', () => {
    const words = fc.array(
      fc.tuple(fc.constantFrom('y', 's', 'p', 'a', 'w', 'n', 't', 'd', ' ', 'x'), fc.integer({ min: 41, max: 299 })),
      { minLength: 2, maxLength: 30 },
    );
    fc.assert(
      fc.property(words, fc.nat(3_000), (keys, before) => {
        const screen = new Screen().wait(before).open(wideQuestion()).wait(before);
        for (const [key, pause] of keys) screen.type(key).wait(pause);
        expect(screen.decisions).toEqual([]);
        expect(screen.composer).toBe(keys.map(([key]) => key).join(''));
      }),
    );
  });
});

describe('a card with the focus', () => {
  it('answers Enter with the smallest yes at once', () => {
    expect(new Screen().armed().press('enter').decisions[0]?.decision).toBe('once');
  });

  it('answers at once when the person went there, after a moment that swallows a doubled key', () => {
    const early = new Screen()
      .open()
      .send({ type: 'focus' })
      .send({ type: 'painted' })
      .wait(149)
      .press('enter')
      .press('tab');
    expect(early.decisions).toEqual([]);
    expect(early.wait(1).type('s').decisions[0]?.decision).toBe('session');
  });

  it('keeps the draft of somebody who goes to it', () => {
    const screen = new Screen().type('half a sentence').wait(50).focused().type('n');
    expect([screen.composer, screen.decisions[0]?.decision]).toEqual(['half a sentence', 'refused']);
  });

  it('hands a key that is no choice, and the focus, to the composer', () => {
    const screen = new Screen().focused().type('x').wait(2_000);
    expect([screen.composer, cardHasFocus(screen.guard), screen.decisions]).toEqual(['x', false, []]);
  });

  it('takes a letter back with Esc while it settles', () => {
    const screen = new Screen().armed().type('y').wait(200).press('escape').wait(2_000);
    expect([screen.decisions, screen.composer, screen.guard.phase.kind]).toEqual([[], '', 'live']);
  });

  it('stays away after Esc until it is called', () => {
    const screen = new Screen().armed().press('escape').wait(9_000);
    expect(screen.guard.phase.kind).toBe('waiting');
    expect(screen.send({ type: 'focus' }).send({ type: 'painted' }).wait(150).guard.phase.kind).toBe('live');
  });

  it('asks again before it runs something without the sandbox', () => {
    const screen = new Screen().focused().type('w');
    expect(screen.guard.phase.kind).toBe('confirm');
    screen.press('enter').wait(149).press('enter');
    expect(screen.decisions).toEqual([]);
    screen.wait(50).type('y').press('enter');
    expect(screen.decisions[0]?.decision).toBe('unsandboxed');
  });

  it.each([
    ['p', 'preset'],
    ['a', 'always'],
    ['w', 'unsandboxed'],
  ])('takes %s only with an Enter of its own, behind what it would give', (key, decision) => {
    const screen = new Screen().focused(wideQuestion()).type(key);
    expect([screen.guard.phase.kind, screen.decisions]).toEqual(['confirm', []]);
    screen.press('enter').wait(149).press('enter');
    expect(screen.decisions).toEqual([]);
    screen.type(key).wait(50).press('enter');
    expect(screen.decisions.map((made) => made.decision)).toEqual([decision]);
    const settled = new Screen().armed(wideQuestion()).type(key);
    expect([settled.guard.phase.kind, settled.wait(300).guard.phase.kind]).toEqual(['settling', 'confirm']);
    settled.press('escape');
    expect([settled.guard.phase.kind, settled.guard.highlighted, settled.decisions]).toEqual(['live', 'y', []]);
  });

  it('has no wide answer as its default, whatever is offered', () => {
    const orders = fc.shuffledSubarray(wideQuestion().offers, { minLength: 1 });
    fc.assert(
      fc.property(orders, (offers) => {
        const screen = new Screen().focused(wideQuestion({ offers })).press('enter').wait(500);
        for (const { decision } of screen.decisions) expect(['once', 'session', 'refused']).toContain(decision);
        expect(screen.guard.phase.kind).not.toBe('confirm');
      }),
    );
  });

  it('goes back from the second step with Esc, and ignores other keys there', () => {
    const screen = new Screen().focused().type('w').wait(500).type('yes').press('escape');
    expect([screen.guard.phase.kind, screen.decisions, screen.composer]).toEqual(['live', [], '']);
  });

  it('never lets Enter reach "without the sandbox" on a card that offers nothing smaller', () => {
    const escalation = questionOf(1, 'make deploy', {
      attempt: 0,
      subject: { kind: 'escalation', justification: 'x' },
      offers: ['unsandboxed', 'refused'],
    });
    expect(new Screen().focused(escalation).press('enter').decisions[0]?.decision).toBe('refused');
  });

  it('sends words with a no, and keeps them when one steps back', () => {
    const screen = new Screen().focused().type('t').type('use ./tmp').press('escape').type('t');
    expect(screen.guard.reason).toBe('use ./tmp');
    screen.press('backspace').type('p').press('enter');
    expect(screen.decisions).toEqual([{ question: 'q1', decision: 'refused', reason: 'use ./tmp' }]);
    expect(new Screen().focused().type('t').press('enter').decisions).toEqual([]);
  });

  it('moves its highlight through all choices and takes the highlighted one', () => {
    const screen = new Screen().armed().press('down');
    expect([screen.guard.highlighted, screen.guard.phase]).toEqual(['s', { kind: 'live', how: 'explicit' }]);
    expect(screen.press('enter').decisions[0]?.decision).toBe('session');
  });

  it('shows the details and goes to the next question without deciding', () => {
    const screen = new Screen().focused().type('d').press('tab');
    expect([screen.others, screen.decisions]).toEqual([['details', 'next_question'], []]);
  });

  it('ignores what a held key repeats', () => {
    const screen = new Screen().armed().type('y').wait(30).type('y').wait(30).type('y').wait(300);
    expect([screen.decisions.length, screen.composer]).toEqual([1, '']);
  });

  it('is gone when somebody else answered, and keys are typing again', () => {
    const screen = new Screen().focused().send({ type: 'question', question: null }).type('y').wait(1_000);
    expect([screen.decisions, screen.composer]).toEqual([[], 'y']);
  });

  it('offers only what the question offers', () => {
    const screen = new Screen().focused(
      questionOf(1, 'x', {
        offers: ['unsandboxed', 'refused'],
        subject: { kind: 'denial', denial: denialOf({ grants: [] }) },
      }),
    );
    expect(screen.type('y').decisions).toEqual([]);
    expect(screen.composer).toBe('y');
  });
});

describe('without automatic focus', () => {
  it('a card waits for the person', () => {
    const settings = { quietMs: 1_000, armMs: 600, settleMs: 300, autoFocus: false };
    const around = { composerIsEmpty: true, isElsewhere: false };
    let guard = guardStep(noQuestion, { type: 'question', question: questionOf(1, 'x') }, around, 0, settings).guard;
    guard = guardStep(guard, { type: 'painted' }, around, 50_000, settings).guard;
    expect([guard.phase.kind, guardWakesAt(guard, around, settings)]).toEqual(['waiting', null]);
  });
});
