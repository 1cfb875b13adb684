import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInputParser, type InputEvent, nameOfKey } from '../../../../src/ui/tui/input/parser.ts';

/** Events in short: key names, or what else came. */
function inShort(events: readonly InputEvent[]): unknown[] {
  return events.map((event) => {
    switch (event.kind) {
      case 'key':
        return nameOfKey(event);
      case 'raw':
        return { raw: Buffer.from(event.bytes).toString('latin1') };
      case 'paste':
        return { paste: event.text, isComplete: event.isComplete };
      case 'reply':
        return event.reply;
      default:
        return event;
    }
  });
}

function parsed(bytes: string | Uint8Array): unknown[] {
  const parser = createInputParser();
  return inShort([...parser.feed(Buffer.from(bytes), 0), ...(parser.pending() === null ? [] : parser.flush(50))]);
}

describe('keys', () => {
  it.each([
    ['a', ['a']],
    ['A', ['A']],
    [' ', ['space']],
    ['\r', ['enter']],
    ['\n', ['ctrl-j']],
    ['\t', ['tab']],
    ['\x7f', ['backspace']],
    ['\x08', ['ctrl-h']],
    ['\x00', ['ctrl-space']],
    ['\x03', ['ctrl-c']],
    ['\x1d', ['ctrl-]']],
    ['\x1f', ['ctrl-_']],
    ['\x1b', ['esc']],
    ['\x1b\x1b', ['esc', 'esc']],
    ['\x1bb', ['alt-b']],
    ['\x1bB', ['alt-shift-b']],
    ['\x1b\r', ['alt-enter']],
    ['\x1b\x7f', ['alt-backspace']],
    ['\x1bé', ['alt-é']],
    ['\x1b[', ['alt-[']],
    ['\x1bO', ['alt-shift-o']],
    ['\x1b]', ['alt-]']],
    ['\x1b[A', ['up']],
    ['\x1bOA', ['up']],
    ['\x1b[1;5C', ['ctrl-right']],
    ['\x1b[1;10D', ['shift-super-left']],
    ['\x1b[Z', ['shift-tab']],
    ['\x1b[H\x1b[F\x1b[1~\x1b[4~', ['home', 'end', 'home', 'end']],
    ['\x1b[3~\x1b[3;5~', ['delete', 'ctrl-delete']],
    ['\x1b[5~\x1b[6~', ['page-up', 'page-down']],
    ['\x1bOP\x1b[15~\x1b[24;2~\x1b[[A', ['f1', 'f5', 'shift-f12', 'f1']],
    ['\x1bOM\x1bOj', ['enter', '*']],
    ['hé日👩', ['h', 'é', '日', '👩']],
    ['b\rc\x1b[Dd\x1b', ['b', 'enter', 'c', 'left', 'd', 'esc']],
    ['\x1b\x1b[A', ['esc', 'up']],
  ])('%j', (bytes, keys) => {
    expect(parsed(bytes)).toEqual(keys);
  });

  it.each([
    ['\x1b[27u', ['esc']],
    ['\x1b[97;5u', ['ctrl-a']],
    ['\x1b[97:65;2u', ['A']],
    ['\x1b[49:33;2u', ['!']],
    ['\x1b[13;2u', ['shift-enter']],
    ['\x1b[13;5u', ['ctrl-enter']],
    ['\x1b[127;5u', ['ctrl-backspace']],
    ['\x1b[99;6u', ['ctrl-shift-c']],
    ['\x1b[1089::99;5u', ['ctrl-c']],
    ['\x1b[99;5:3u', []],
    ['\x1b[99;69u', ['ctrl-c']],
    ['\x1b[57414u\x1b[57399u\x1b[57419u', ['enter', '0', 'up']],
    ['\x1b[57441u', []],
    ['\x1b[27;5;13~', ['ctrl-enter']],
    ['\x1b[27;2;13~', ['shift-enter']],
    ['\x1b[27;6;67~', ['ctrl-shift-c']],
  ])('modern reports: %j', (bytes, keys) => {
    expect(parsed(bytes)).toEqual(keys);
  });

  it('drops broken and unknown sequences without typing them', () => {
    expect(parsed('\x1b[1;2\x07a')).toEqual(['ctrl-g', 'a']);
    expect(parsed('\x1b[99~\x1b[5;x')).toEqual([]);
    expect(parsed('\x1b[12;')).toEqual([]);
  });

  it('shows bytes that are no text as the replacement character', () => {
    expect(parsed(Uint8Array.of(0xff, 0x61, 0xc3, 0x28, 0xed, 0xa0, 0x80))[0]).toBe('\ufffd');
    expect(parsed(Uint8Array.of(0xc3))).toEqual(['\ufffd']);
  });
});

describe('cut anywhere', () => {
  const units = fc.constantFrom(
    'a',
    'é',
    '日本',
    '👩‍👩‍👧',
    '\r',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1bOP',
    '\x1bb',
    '\x1b[99;5u',
    '\x1b[0n',
    '\x1b[?62;c',
    '\x1b[I',
    '\x1b]11;rgb:ffff/0000/0000\x1b\\',
    '\x1b]10;rgb:ff/ff/ff\x07',
    '\x1bP>|tmux 3.3a\x1b\\',
    '\x1b[<0;3;4M',
    '\x1b[200~pasted \x1b[A text\r\n\x1b[201~',
    '\x1b[?2026;2$y',
    '\x1b[12;40R',
  );

  it('the same bytes give the same events however the reads cut them', () => {
    fc.assert(
      fc.property(
        fc.array(units, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 200 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''));
          const whole = inShort(createInputParser().feed(bytes, 0));
          const parser = createInputParser();
          const events: InputEvent[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            events.push(...parser.feed(bytes.subarray(at, at + cut), 0));
            at = Math.min(bytes.length, at + cut);
          }
          expect(inShort(events)).toEqual(whole);
          expect(parser.pending()).toBeNull();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says how long a lone ESC has to wait, and takes it as the key when asked', () => {
    const parser = createInputParser();
    expect(parser.pending()).toBeNull();
    expect(parser.feed(Buffer.from('\x1b'), 0)).toEqual([]);
    expect(parser.pending()).toBe(50);
    expect(inShort(parser.flush(50))).toEqual(['esc']);
    expect(parser.pending()).toBeNull();
    parser.feed(Buffer.from('\x1b'), 60);
    expect(inShort(parser.feed(Buffer.from('[A'), 70))).toEqual(['up']);
  });
});

describe('answers of the terminal', () => {
  it.each([
    ['\x1b[0n', { kind: 'status' }],
    ['\x1b[?62;1;6c', { kind: 'device attributes', parameters: '62;1;6' }],
    ['\x1b[12;40R', { kind: 'cursor position', row: 12, col: 40 }],
    ['\x1b[1;2R', { kind: 'cursor position', row: 1, col: 2 }],
    ['\x1b[?5u', { kind: 'kitty keyboard', flags: 5 }],
    ['\x1b[?2026;2$y', { kind: 'mode', mode: 2026, state: 2 }],
    ['\x1b[?997;2n', { kind: 'light or dark', background: 'light' }],
    ['\x1b]11;rgb:ffff/8080/0000\x1b\\', { kind: 'colour', of: 'background', rgb: [1, 0x80 / 0xff, 0] }],
    ['\x1b]10;rgb:f/0/0\x07', { kind: 'colour', of: 'foreground', rgb: [1, 0, 0] }],
    ['\x1bP>|XTerm(380)\x1b\\', { kind: 'terminal name', name: 'XTerm(380)' }],
    ['\x1b[>0;276;0c', { kind: 'other', sequence: '\x1b[>0;276;0c' }],
    ['\x1b[8;80;24t', { kind: 'other', sequence: '\x1b[8;80;24t' }],
    ['\x1b[I', { kind: 'focus', isFocused: true }],
    ['\x1b[O', { kind: 'focus', isFocused: false }],
  ])('%j is never typed', (bytes, expected) => {
    const events = parsed(`x${bytes}y`);
    expect(events).toEqual(['x', expected, 'y']);
  });

  it('reads SGR mouse reports', () => {
    expect(parsed('\x1b[<64;10;5M')).toMatchObject([{ kind: 'mouse', action: 'wheel up', row: 4, col: 9 }]);
    expect(parsed('\x1b[<0;1;1m')).toMatchObject([
      { kind: 'mouse', action: 'release', button: 'left', row: 0, col: 0 },
    ]);
    expect(parsed('\x1b[<34;2;2M')).toMatchObject([{ kind: 'mouse', action: 'move', button: 'right' }]);
  });

  it('does not wait for ever for a string without an end', () => {
    const parser = createInputParser();
    const events = inShort(parser.feed(Buffer.from(`\x1b]11;${'x'.repeat(9000)}`), 0));
    expect(events).toEqual([]);
    expect(parser.pending()).toBeNull();
    expect(inShort(parser.feed(Buffer.from('a'), 0))).toEqual(['a']);
  });
});

describe('a bracketed paste', () => {
  it('is one event whatever is in it, with line feeds only', () => {
    expect(parsed('\x1b[200~one\r\ntwo\rthree\x1b[A\x03\x1b[201~x')).toEqual([
      { paste: 'one\ntwo\nthree\x1b[A\x03', isComplete: true },
      'x',
    ]);
    expect(parsed('\x1b[201~a')).toEqual(['a']);
  });

  it('without an end is taken as complete when nothing comes for two seconds', () => {
    const parser = createInputParser();
    expect(parser.feed(Buffer.from('\x1b[200~half \x1b[20'), 0)).toEqual([]);
    expect(parser.pending()).toBe(2000);
    expect(inShort(parser.flush(2000))).toEqual([{ paste: 'half \x1b[20', isComplete: false }]);
    expect(inShort(parser.feed(Buffer.from('a'), 2001))).toEqual(['a']);
  });

  it('above 16 MB is refused with its size and what follows is keys again', () => {
    const parser = createInputParser();
    parser.feed(Buffer.from('\x1b[200~'), 0);
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 17; count += 1) parser.feed(chunk, 0);
    expect(inShort(parser.feed(Buffer.from('\x1b[201~a'), 0))).toEqual([
      { kind: 'paste too large', bytes: 17 * 1024 * 1024 },
      'a',
    ]);
  });
});

describe('typing into a program', () => {
  const wishes = { bracketedPaste: true, applicationCursorKeys: false };

  it('hands bytes on unparsed, except answers and focus reports', () => {
    const parser = createInputParser();
    parser.takeRaw(wishes);
    expect(inShort(parser.feed(Buffer.from('vi\x1b[A\x03\x1b[0n\x1b[Ié\x1b[<0;1;1M'), 0))).toEqual([
      { raw: 'vi\x1b[A\x03' },
      { kind: 'status' },
      { kind: 'focus', isFocused: true },
      { raw: `${Buffer.from('é').toString('latin1')}\x1b[<0;1;1M` },
    ]);
    expect(parser.feed(Buffer.from('\x1b'), 0)).toEqual([]);
    expect(inShort(parser.flush(50))).toEqual([{ raw: '\x1b' }]);
  });

  it('leaves on Ctrl-], and goes back and sends it when it was pressed twice', () => {
    const parser = createInputParser();
    parser.takeRaw(wishes);
    expect(inShort(parser.feed(Buffer.from('a\x1db'), 1000))).toEqual([{ raw: 'a' }, { kind: 'left raw' }, 'b']);
    parser.takeRaw(wishes);
    expect(inShort(parser.feed(Buffer.from('\x1d'), 2000))).toEqual([{ kind: 'left raw' }]);
    expect(inShort(parser.feed(Buffer.from('\x1dx'), 2400))).toEqual([{ kind: 'back to raw' }, { raw: '\x1dx' }]);
    parser.feed(Buffer.from('\x1d'), 3000);
    expect(inShort(parser.feed(Buffer.from('\x1d'), 3600))).toEqual(['ctrl-]']);
  });

  it('translates the reports our own protocol asked for into what any program knows', () => {
    const parser = createInputParser();
    parser.takeRaw({ bracketedPaste: true, applicationCursorKeys: true });
    expect(inShort(parser.feed(Buffer.from('\x1b[99;5u\x1b[27u\x1b[98;3u\x1b[13;2u\x1b[A\x1b[1;5A'), 0))).toEqual([
      { raw: '\x03\x1b\x1bb\r\x1bOA\x1b[1;5A' },
    ]);
    expect(inShort(parser.feed(Buffer.from('\x1b[93;5u'), 0))).toEqual([{ kind: 'left raw' }]);
  });

  it('takes no key out of a paste, and its marks only for a program that asked for them', () => {
    const parser = createInputParser();
    parser.takeRaw(wishes);
    const paste = '\x1b[200~a\x1d\x1b[99;5u\x1b[201~';
    expect(inShort(parser.feed(Buffer.from(paste), 0))).toEqual([{ raw: paste }]);
    parser.takeRaw({ ...wishes, bracketedPaste: false });
    expect(inShort(parser.feed(Buffer.from(paste), 0))).toEqual([{ raw: 'a\x1d\x1b[99;5u' }]);
  });
});
