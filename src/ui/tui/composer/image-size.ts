// Do these bytes begin an image that a model can see, and how large is it? Pure.

/** Cells of the picture; 0 where the beginning of the file does not say. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const unknownSize: ImageSize = { width: 0, height: 0 };

/** `head`: the first bytes of a file. Null: no PNG, JPEG, GIF or WebP. */
export function imageSize(head: Buffer): ImageSize | null {
  const begins = (bytes: readonly number[], at = 0): boolean => bytes.every((byte, index) => head[at + index] === byte);
  if (begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    return head.length < 24 ? unknownSize : { width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
  if (begins([0x47, 0x49, 0x46, 0x38]))
    return head.length < 10 ? unknownSize : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
  if (begins([0xff, 0xd8, 0xff])) return sizeOfJpeg(head);
  if (begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8)) return sizeOfWebp(head);
  return null;
}

/** Of the segments in front of the picture (ITU T.81, B.1.1) the frame header has it. */
function sizeOfJpeg(head: Buffer): ImageSize {
  for (let at = 2; at + 9 < head.length; ) {
    if (head[at] !== 0xff) return unknownSize;
    const marker = head[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2);
  }
  return unknownSize;
}

/** Three kinds of first chunk (RFC 9649, 2.5 to 2.7). */
function sizeOfWebp(head: Buffer): ImageSize {
  if (head.length < 30) return unknownSize;
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      const bits = head.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      return { width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    default:
      return unknownSize;
  }
}
