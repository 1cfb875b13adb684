// Which picture is in these bytes, and how large is it? Told by their beginning; nothing is decoded.

export interface ImageFacts {
  readonly mime: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly width: number;
  readonly height: number;
}

/** Null: no picture that models take, or one whose beginning is not whole. */
export function imageFacts(bytes: Uint8Array): ImageFacts | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = png(view) ?? gif(view) ?? webp(view) ?? jpeg(view);
  return found !== null && found.width > 0 && found.height > 0 ? found : null;
}

function png(view: Buffer): ImageFacts | null {
  if (view.length < 24 || view.readUInt32BE(0) !== 0x89504e47 || view.readUInt32BE(4) !== 0x0d0a1a0a) return null;
  return { mime: 'image/png', width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
}

function gif(view: Buffer): ImageFacts | null {
  if (view.length < 10 || !/^GIF8[79]a$/.test(view.toString('latin1', 0, 6))) return null;
  return { mime: 'image/gif', width: view.readUInt16LE(6), height: view.readUInt16LE(8) };
}

function webp(view: Buffer): ImageFacts | null {
  if (view.length < 30 || view.toString('latin1', 0, 4) !== 'RIFF' || view.toString('latin1', 8, 12) !== 'WEBP')
    return null;
  const mime = 'image/webp';
  switch (view.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { mime, width: view.readUInt16LE(26) & 0x3fff, height: view.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = view.readUInt32LE(21);
      return { mime, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { mime, width: view.readUIntLE(24, 3) + 1, height: view.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** Frames begin with one of these marks; the others between are no frames. */
const FRAME = /^(?:c[0-35-79-bd-f])$/;

/** A file with more parts before its picture is none that a camera or a program made. */
const MOST_PARTS = 1_000;

function jpeg(view: Buffer): ImageFacts | null {
  if (view.length < 4 || view.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  for (let part = 0; part < MOST_PARTS && at + 9 < view.length; part += 1) {
    if (view[at] !== 0xff) return null;
    const mark = (view[at + 1] ?? 0).toString(16);
    if (mark === 'ff') {
      at += 1;
      continue;
    }
    if (FRAME.test(mark))
      return { mime: 'image/jpeg', height: view.readUInt16BE(at + 5), width: view.readUInt16BE(at + 7) };
    at += 2 + view.readUInt16BE(at + 2);
  }
  return null;
}
