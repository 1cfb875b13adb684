// Which picture is in these bytes, how large is it, and is it all there? Told by how the file is built; nothing is decoded.

export interface ImageFacts {
  readonly mime: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly width: number;
  readonly height: number;
  /** False: the file ends before the picture does. Servers refuse it, and whatever else is said in the same breath. */
  readonly isWhole: boolean;
}

/** Null: no picture that models take, or one whose beginning is not whole. Never throws. */
export function imageFacts(bytes: Uint8Array): ImageFacts | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = png(view) ?? gif(view) ?? webp(view) ?? jpeg(view);
  return found !== null && found.width > 0 && found.height > 0 ? found : null;
}

/** Of any file: more parts than this has none that a camera or a program made. */
const MOST_PARTS = 100_000;

/** Chunks of length, name, data and a sum each (PNG, third edition, 5.3); the first one has the size. */
function png(view: Buffer): ImageFacts | null {
  if (view.length < 24 || view.readUInt32BE(0) !== 0x89504e47 || view.readUInt32BE(4) !== 0x0d0a1a0a) return null;
  if (view.toString('latin1', 12, 16) !== 'IHDR') return null;
  return {
    mime: 'image/png',
    width: view.readUInt32BE(16),
    height: view.readUInt32BE(20),
    isWhole: pngEnds(view),
  };
}

function pngEnds(view: Buffer): boolean {
  let at = 8;
  for (let part = 0; part < MOST_PARTS && at + 12 <= view.length; part += 1) {
    if (view.toString('latin1', at + 4, at + 8) === 'IEND') return true;
    at += 12 + view.readUInt32BE(at);
  }
  return false;
}

/** A byte 3b ends it (GIF89a, 27). Programs write zeros behind it. */
function gif(view: Buffer): ImageFacts | null {
  if (view.length < 10 || !/^GIF8[79]a$/.test(view.toString('latin1', 0, 6))) return null;
  let end = view.length;
  while (end > 10 && view[end - 1] === 0) end -= 1;
  return {
    mime: 'image/gif',
    width: view.readUInt16LE(6),
    height: view.readUInt16LE(8),
    isWhole: view[end - 1] === 0x3b,
  };
}

/** The head says how long the file is; three kinds of first chunk say the size (RFC 9649, 2.4 to 2.7). */
function webp(view: Buffer): ImageFacts | null {
  if (view.length < 30 || view.toString('latin1', 0, 4) !== 'RIFF' || view.toString('latin1', 8, 12) !== 'WEBP')
    return null;
  const size = webpSize(view);
  return size && { mime: 'image/webp', ...size, isWhole: view.readUInt32LE(4) + 8 <= view.length };
}

function webpSize(view: Buffer): { readonly width: number; readonly height: number } | null {
  switch (view.toString('latin1', 12, 16)) {
    case 'VP8 ':
      if (view.readUIntBE(23, 3) !== 0x9d012a) return null;
      return { width: view.readUInt16LE(26) & 0x3fff, height: view.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      if (view[20] !== 0x2f) return null;
      const bits = view.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: view.readUIntLE(24, 3) + 1, height: view.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** Segments of a mark, a length and data (ITU T.81, B.1.1.4); the one that begins a frame has the size. */
function jpeg(view: Buffer): ImageFacts | null {
  if (view.length < 4 || view.readUInt16BE(0) !== 0xffd8) return null;
  let at = 2;
  for (let part = 0; part < MOST_PARTS && at + 9 <= view.length; part += 1) {
    if (view[at] !== 0xff) return null;
    const mark = view[at + 1] ?? 0;
    if (mark === 0xff) {
      at += 1;
      continue;
    }
    if (isFrame(mark)) {
      const [height, width] = [view.readUInt16BE(at + 5), view.readUInt16BE(at + 7)];
      // Cameras write more behind the end of the picture.
      return { mime: 'image/jpeg', width, height, isWhole: view.lastIndexOf(JPEG_END) > at };
    }
    at += standsAlone(mark) ? 2 : 2 + view.readUInt16BE(at + 2);
  }
  return null;
}

const JPEG_END = Buffer.from([0xff, 0xd9]);

/** C4, C8 and CC begin something else. */
function isFrame(mark: number): boolean {
  return mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc;
}

/** Without a length behind them. */
function standsAlone(mark: number): boolean {
  return mark === 0x01 || (mark >= 0xd0 && mark <= 0xd8);
}
