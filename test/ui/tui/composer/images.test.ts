import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attached,
  emptyComposer,
  givenBack,
  rewritten,
  taken,
  typed,
} from '../../../../src/ui/tui/composer/composer.ts';
import { imageAt, pastedImages, pathsIn } from '../../../../src/ui/tui/composer/image-paste.ts';
import { imageSize } from '../../../../src/ui/tui/composer/image-size.ts';
import { layoutComposer } from '../../../../src/ui/tui/composer/layout.ts';
import { fullText } from '../../../../src/ui/tui/composer/paste.ts';
import { deleteBack, type FoldedImage, undo } from '../../../../src/ui/tui/composer/text-buffer.ts';

const shot: FoldedImage = { kind: 'image', path: '/home/ana/shot.png', label: 'shot.png 1280x800' };
const plan: FoldedImage = { kind: 'image', path: '/home/ana/plan.jpg', label: 'plan.jpg' };
const space = { cols: 80, maxRows: 5, prompt: '> ', up: '', down: '' };

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(33);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(head);
  head.writeUInt32BE(13, 8);
  head.write('IHDR', 12);
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

describe('what a pasted text names', () => {
  const table: readonly [string, string, readonly string[] | null][] = [
    ['a path', '/a/shot.png', ['/a/shot.png']],
    ['one in quotes', `'/a/my shot.png'`, ['/a/my shot.png']],
    ['one with backslashes', '/a/my\\ shot.JPG ', ['/a/my shot.JPG']],
    ['one with blanks as they are', '/a/my shot.png', ['/a/my shot.png']],
    ['an address', 'file:///a/my%20shot.webp', ['/a/my shot.webp']],
    ['an address of this machine', 'file://localhost/a/b.gif', ['/a/b.gif']],
    ['an address of another machine', 'file://server/a/b.gif', null],
    ['one from home', '~/shot.jpeg', ['/home/ana/shot.jpeg']],
    ['several', `/a/b.png '/c d.png'\nfile:///e.png`, ['/a/b.png', '/c d.png', '/e.png']],
    ['a sentence with one in it', 'see /a/shot.png', null],
    ['another file', '/a/notes.md', null],
    ['a relative one, which may be anything', 'shot.png', null],
    ['an open quote', `'/a/shot.png`, null],
    ['nothing', '', null],
    ['an address elsewhere', 'https://example.com/a.png', null],
  ];
  it.each(table)('%s', (_name, text, wanted) => {
    expect(pathsIn(text.trim(), '/home/ana')).toEqual(wanted);
  });
});

describe('what is in the file', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'codex-images-'));
    writeFileSync(path.join(root, 'shot.png'), png(1280, 800));
    writeFileSync(path.join(root, 'a]b.png'), png(1, 1));
    writeFileSync(path.join(root, 'fake.png'), 'no picture');
    mkdirSync(path.join(root, 'folder.png'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is an image when it begins as one, whatever its name says', () => {
    expect(imageAt(path.join(root, 'shot.png'))?.label).toBe('shot.png 1280x800');
    expect(imageAt(path.join(root, 'a]b.png'))?.label).toBe('a)b.png 1x1');
    expect(imageAt(path.join(root, 'fake.png'))).toBeNull();
    expect(imageAt(path.join(root, 'folder.png'))).toBeNull();
    expect(imageAt(path.join(root, 'nowhere.png'))).toBeNull();
    expect(pastedImages(`${root}/shot.png ${root}/fake.png`, '/')).toBeNull();
    expect(pastedImages(`${root}/shot.png`, '/')).toHaveLength(1);
  });

  it('says how large it is', () => {
    const gif = Buffer.from('GIF89a\x40\x01\xf0\x00', 'latin1');
    expect(imageSize(gif)).toEqual({ width: 320, height: 240 });
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 0, 240, 1, 64, 3, 1, 0x22]);
    expect(imageSize(jpeg)).toEqual({ width: 320, height: 240 });
    expect(imageSize(jpeg.subarray(0, 12))).toEqual({ width: 0, height: 0 });
    const webp = Buffer.alloc(30);
    webp.write('RIFF', 0);
    webp.write('WEBPVP8X', 8);
    webp.writeUIntLE(319, 24, 3);
    webp.writeUIntLE(239, 27, 3);
    expect(imageSize(webp)).toEqual({ width: 320, height: 240 });
    expect(imageSize(Buffer.from('text'))).toBeNull();
    expect(imageSize(Buffer.alloc(0))).toBeNull();
  });
});

describe('an image in the message', () => {
  it('is one character with a numbered name, and is sent as its path with the name in the text', () => {
    const composer = typed(attached(typed(emptyComposer, 'compare '), [shot, plan]), 'please');
    const { rows } = layoutComposer(composer.buffer, space);
    expect(rows[0]).toBe('> compare [image 1: shot.png 1280x800] [image 2: plan.jpg] please');
    const { text, images } = taken(composer);
    expect(text).toBe('compare [image 1: shot.png 1280x800] [image 2: plan.jpg] please');
    expect(images.map((image) => image.path)).toEqual([shot.path, plan.path]);
  });

  it('is deleted as one character, comes back with undo, and is not sent when deleted', () => {
    const composer = attached(emptyComposer, [shot]);
    const without = deleteBack(deleteBack(composer.buffer));
    expect(fullText(without)).toBe('');
    expect(taken({ ...composer, buffer: without }).images).toEqual([]);
    expect(fullText(undo(without))).toBe('[image 1: shot.png 1280x800]');
  });

  it('survives an editor that kept its name, also when it was moved, in one step of undo', () => {
    const composer = attached(typed(emptyComposer, 'look '), [shot]);
    const edited = rewritten(composer, 'first [image 1: shot.png 1280x800] then [image 2: unknown.png]');
    expect(taken(edited).images).toEqual([shot]);
    expect(fullText(edited.buffer)).toBe('first [image 1: shot.png 1280x800] then [image 2: unknown.png]');
    expect(fullText(undo(edited.buffer))).toBe('look [image 1: shot.png 1280x800] ');
  });

  it('comes back with its message when that was not sent', () => {
    const sent = taken(attached(typed(emptyComposer, 'look '), [shot]));
    const back = givenBack(typed(sent.composer, 'more'), sent.text, sent.images);
    expect(taken(back).images).toEqual([shot]);
    expect(fullText(back.buffer)).toBe('look [image 1: shot.png 1280x800] \n\nmore');
  });
});
