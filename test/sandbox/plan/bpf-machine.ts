// What the kernel would answer: runs a classic-BPF filter over one system call.

export interface Call {
  readonly arch: number;
  readonly number: number;
  /** Each as the kernel sees it, 64 bits. */
  readonly args?: readonly bigint[];
}

/** `allow`, `kill`, or the errno. */
export function answerOf(filter: Uint8Array, call: Call): 'allow' | 'kill' | number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.arch, true);
  (call.args ?? []).forEach((value, index) => {
    data.setBigUint64(16 + 8 * index, value, true);
  });
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0; at * 8 < filter.length; at += 1) {
    const code = program.getUint16(at * 8, true);
    const ifTrue = program.getUint8(at * 8 + 2);
    const ifFalse = program.getUint8(at * 8 + 3);
    const value = program.getUint32(at * 8 + 4, true);
    switch (code) {
      case 0x20:
        accumulator = data.getUint32(value, true);
        break;
      case 0x54:
        accumulator = (accumulator & value) >>> 0;
        break;
      case 0x15:
        at += accumulator === value ? ifTrue : ifFalse;
        break;
      case 0x35:
        at += accumulator >= value ? ifTrue : ifFalse;
        break;
      case 0x45:
        at += (accumulator & value) !== 0 ? ifTrue : ifFalse;
        break;
      case 0x06:
        if (value === 0x7fff0000) return 'allow';
        if (value === 0x80000000) return 'kill';
        return value & 0xffff;
      default:
        throw new Error(`unknown instruction ${code} at ${at}`);
    }
  }
  throw new Error('the filter ends without an answer');
}
