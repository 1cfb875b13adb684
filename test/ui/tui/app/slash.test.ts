import { describe, expect, it } from 'vitest';
import { readSlash } from '../../../../src/ui/tui/app/slash.ts';

describe('a message that begins with a slash', () => {
  it('is a command with its process number', () => {
    expect(readSlash('/stop 2')).toEqual({ kind: 'command', command: { kind: 'stop', process: 2 } });
    expect(readSlash('/ps')).toEqual({ kind: 'command', command: { kind: 'background_list' } });
  });

  it('is text when it is a path', () => {
    expect(readSlash('/usr/bin/env')).toEqual({ kind: 'text' });
    expect(readSlash('/bin/ls -l')).toEqual({ kind: 'text' });
  });

  it('names what is near when it is no command', () => {
    expect(readSlash('/foll')).toMatchObject({ kind: 'unknown', name: 'foll' });
    expect(readSlash('/hlep')).toMatchObject({ near: expect.arrayContaining(['help']) });
  });
});
