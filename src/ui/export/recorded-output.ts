// All bytes that an attempt printed, from what a record holds of it and the file beside it.

import { readFileSync } from 'node:fs';
import type { TranscriptEvent } from '../../core/bus/index.ts';

/** More of one attempt's output is not written into one document. */
export const LONGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Collects output while a record is read through; what was asked for is forgotten. */
export class RecordedOutput {
  private readonly pieces = new Map<string, Uint8Array[]>();
  private readonly files = new Map<string, string>();

  take(event: TranscriptEvent): void {
    if (event.type === 'process.output_file') this.files.set(nameOf(event), event.path);
    if (event.type !== 'process.output') return;
    const pieces = this.pieces.get(nameOf(event)) ?? [];
    pieces.push(event.bytes);
    this.pieces.set(nameOf(event), pieces);
  }

  /** Null when the file that has it all is gone or too long: then only a part is known. */
  whole(process: number, attempt: number): Uint8Array | null {
    const name = nameOf({ process, attempt });
    const file = this.files.get(name);
    const pieces = this.pieces.get(name) ?? [];
    this.pieces.delete(name);
    if (file === undefined) return Buffer.concat(pieces);
    try {
      const bytes = readFileSync(file);
      return bytes.length > LONGEST_OUTPUT_BYTES ? null : bytes;
    } catch {
      return null; // Deleted, or aged out.
    }
  }
}

function nameOf({ process, attempt }: { readonly process: number; readonly attempt: number }): string {
  return `${process}.${attempt}`;
}
