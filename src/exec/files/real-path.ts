// Where does a path really lead?

import { realpath } from 'node:fs/promises';

/** Every link followed, byte for byte. */
export async function realPath(place: Buffer): Promise<Buffer> {
  return realpath(place, 'buffer');
}
