import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherCalls } from '../../../src/core/agent/chat-calls.ts';

function gathered(...pieces: readonly unknown[]) {
  const calls = gatherCalls();
  for (const piece of pieces) calls.take(piece);
  return calls.all().map(({ id, name, args }) => [id, name, args]);
}

const made = (name: string | undefined, args: unknown) => ({
  function: { ...(name === undefined ? {} : { name }), arguments: args },
});

describe('the calls of a chat completion', () => {
  it('come in pieces, side by side, by their index', () => {
    expect(
      gathered(
        { index: 0, id: 'a', ...made('one', '') },
        { index: 1, id: 'b', ...made('two', '{"x"') },
        { index: 0, ...made(undefined, '{"y":') },
        { index: 1, ...made(undefined, ':1}') },
        { index: 0, ...made(undefined, '2}') },
      ),
    ).toEqual([
      ['a', 'one', '{"y":2}'],
      ['b', 'two', '{"x":1}'],
    ]);
  });

  it.each([
    [
      'the name and the id are repeated in each piece',
      [
        { index: 0, id: 'a', ...made('one', '{"x"') },
        { index: 0, id: 'a', ...made('one', ':1') },
        { index: 0, id: 'a', ...made('one', '}') },
        { index: 0, id: 'a', ...made('one', '') },
      ],
      [['a', 'one', '{"x":1}']],
    ],
    [
      'each piece has an id of its own',
      [
        { index: 0, id: 'a', ...made('one', '{"x"') },
        { index: 0, id: 'b', ...made(undefined, ':1}') },
      ],
      [['a', 'one', '{"x":1}']],
    ],
    [
      'each piece has an id of its own and the name',
      [
        { index: 0, id: 'a', ...made('one', '{"x"') },
        { index: 0, id: 'b', ...made('one', ':1}') },
      ],
      [['a', 'one', '{"x":1}']],
    ],
    [
      'whole calls have all the same index',
      [
        { index: 0, id: 'a', ...made('one', '{"x":1}') },
        { index: 0, id: 'b', ...made('one', '{"x":2}') },
      ],
      [
        ['a', 'one', '{"x":1}'],
        ['b', 'one', '{"x":2}'],
      ],
    ],
    [
      'whole calls have all the same id and no index',
      [
        { id: 'call_0', ...made('one', '{"x":1}') },
        { id: 'call_0', ...made('two', '{"x":2}') },
        { id: 'call_0', ...made('two', '{"x":3}') },
      ],
      [
        ['call_0', 'one', '{"x":1}'],
        ['call_0', 'two', '{"x":2}'],
        ['call_0', 'two', '{"x":3}'],
      ],
    ],
    [
      'there is an id and no index, and calls take turns',
      [
        { id: 'a', ...made('one', '{"x"') },
        { id: 'b', ...made('two', '{"y"') },
        { id: 'a', ...made(undefined, ':1}') },
        { id: 'b', ...made(undefined, ':2}') },
      ],
      [
        ['a', 'one', '{"x":1}'],
        ['b', 'two', '{"y":2}'],
      ],
    ],
    [
      'there is neither index nor id',
      [made('one', '{"x"'), made(undefined, ':1}'), made('two', '{}')],
      [
        ['', 'one', '{"x":1}'],
        ['', 'two', '{}'],
      ],
    ],
    [
      'there is a new id in each piece, and no index',
      [
        { id: 'a', ...made('one', '{"x"') },
        { id: 'b', ...made(undefined, ':1}') },
      ],
      [['a', 'one', '{"x":1}']],
    ],
    [
      'more of them than can be looked at twice have one index, and the name each time',
      Array.from({ length: 90 }, (_, at) => [
        { index: 0, id: `c${at}`, ...made('one', '{"x":{') },
        { index: 0, id: `c${at}`, ...made('one', `}, "y":${at}}`) },
      ]).flat(),
      Array.from({ length: 90 }, (_, at) => [`c${at}`, 'one', `{"x":{}, "y":${at}}`]),
    ],
    ['the arguments are a value', [{ index: 0, id: 'a', ...made('one', { x: [1] }) }], [['a', 'one', '{"x":[1]}']]],
    [
      'the arguments are a value, said twice',
      [
        { index: 0, id: 'a', ...made('one', { x: 1 }) },
        { index: 0, ...made(undefined, { x: 1 }) },
      ],
      [['a', 'one', '{"x":1}']],
    ],
    ['there are no arguments', [{ index: 0, id: 'a', ...made('one', null) }], [['a', 'one', '{}']]],
    [
      'the id comes late, the index is a text, the id a number',
      [
        { index: '0', ...made('one', '{') },
        { index: '0', id: 7, ...made(undefined, '}') },
      ],
      [['7', 'one', '{}']],
    ],
    [
      'the name comes in pieces',
      [
        { index: 0, id: 'a', ...made('exec_', '') },
        { index: 0, ...made('command', '') },
        { index: 0, ...made(undefined, '{}') },
      ],
      [['a', 'exec_command', '{}']],
    ],
    ['it is the older form', [{ name: 'one', arguments: '{"x"' }, { arguments: ':1}' }], [['', 'one', '{"x":1}']]],
  ])('are put together where %s', (_, pieces, expected) => {
    expect(gathered(...pieces)).toEqual(expected);
  });

  it('are the same however their arguments are cut', () => {
    const call = fc.record({
      name: fc.constantFrom('one', 'two'),
      args: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant('}{'), fc.constant('"'))),
    });
    fc.assert(
      fc.property(
        fc.array(call, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('index', 'id', 'both', 'both, and the name each time'),
        (calls, size, told) => {
          const pieces = calls.flatMap(({ name, args }, index) => {
            const text = JSON.stringify(args);
            const parts = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
            return parts.map((part, at) => ({
              ...(told === 'id' ? {} : { index }),
              ...(told === 'index' ? {} : { id: `c${index}` }),
              ...made(at === 0 || told.endsWith('time') ? name : undefined, part),
            }));
          });
          // Arguments that look whole and go on can only be told apart where something says whose they are.
          const isAmbiguous = told.endsWith('time') && calls.some(({ args }) => /\}\{/.test(JSON.stringify(args)));
          fc.pre(!isAmbiguous);
          expect(gathered(...pieces).map(([, name, args]) => [name, args])).toEqual(
            calls.map(({ name, args }) => [name, JSON.stringify(args)]),
          );
        },
      ),
    );
  });

  it('of megabytes in small pieces cost no more than their length', () => {
    const calls = gatherCalls();
    // Each piece looks like the end of something whole, and like the beginning of the next call. Were all of it looked
    // at each time, this would take minutes.
    for (let at = 0; at < 200_000; at += 1) calls.take({ index: 0, id: 'a', ...made('one', '{"a":"}') });
    expect(calls.all()[0]?.args).toHaveLength(1_400_000);
  });
});
