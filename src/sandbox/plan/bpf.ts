// How a classic-BPF program for seccomp is put into bytes.

/** One instruction of `struct sock_filter` (linux/filter.h). Jumps count from the next instruction, at most 255. */
export interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/** Offsets into `struct seccomp_data` (linux/seccomp.h), little endian. */
export const numberOffset = 0;
export const archOffset = 4;

/** Offset of the low 32 bits of an argument, which are all the kernel looks at where it takes an `int`. */
export function argumentOffset(index: number): number {
  return 16 + 8 * index;
}

export type Verdict = 'allow' | 'kill' | { readonly errno: number };

export function loadWord(offset: number): Instruction {
  return { code: 0x20, ifTrue: 0, ifFalse: 0, value: offset };
}

export function maskWith(bits: number): Instruction {
  return { code: 0x54, ifTrue: 0, ifFalse: 0, value: bits };
}

export function whenEqual(value: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: 0x15, ifTrue, ifFalse, value };
}

export function whenAtLeast(value: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: 0x35, ifTrue, ifFalse, value };
}

export function whenAnyBit(bits: number, ifTrue: number, ifFalse: number): Instruction {
  return { code: 0x45, ifTrue, ifFalse, value: bits };
}

export function verdict(wanted: Verdict): Instruction {
  const value = wanted === 'allow' ? 0x7fff_0000 : wanted === 'kill' ? 0x8000_0000 : 0x0005_0000 | wanted.errno;
  return { code: 0x06, ifTrue: 0, ifFalse: 0, value };
}

/** The program as bubblewrap reads it: 8 bytes for each instruction. */
export function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach((instruction, index) => {
    if (instruction.ifTrue > 255 || instruction.ifFalse > 255) throw new Error(`jump too long at ${index}`);
    view.setUint16(index * 8, instruction.code, true);
    view.setUint8(index * 8 + 2, instruction.ifTrue);
    view.setUint8(index * 8 + 3, instruction.ifFalse);
    view.setUint32(index * 8 + 4, instruction.value, true);
  });
  return bytes;
}
