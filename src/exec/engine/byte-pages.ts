// Where do bytes wait in memory, bounded and outside the JavaScript heap?

/** A short command costs little, a long one few objects: pages double from the first size to the last. */
const FIRST_PAGE_BYTES = 4 * 1024;
const LAST_PAGE_BYTES = 64 * 1024;

/** A run of bytes that grows at its end and may be cut at its start. Numbers are offsets as the owner counts them. */
export interface BytePages {
  /** Offset of the first byte still here. */
  start(): number;
  /** Offset after the last byte. */
  end(): number;
  /** Copies `bytes`. */
  append(bytes: Uint8Array): void;
  /** Lets go of everything, and goes on at `position`. */
  skipTo(position: number): void;
  /** Lets go of whole pages as long as `keep` bytes remain: up to one page more than asked for stays. */
  trim(keep: number): void;
  /** Copies what is here of [from, to) to `target` at `at`; returns how many bytes. `from` must not precede `start`. */
  copy(from: number, to: number, target: Uint8Array, at: number): number;
}

interface Page {
  readonly bytes: Uint8Array;
  offset: number;
  length: number;
}

export function openBytePages(offset: number): BytePages {
  const pages: Page[] = [];
  let end = offset;
  /** A page that was dropped serves again: new memory costs more than what is written to it. */
  let spare: Page | null = null;

  const emptyPage = (last: Page | undefined): Page => {
    const page = spare ?? { bytes: Buffer.allocUnsafeSlow(nextSize(last)), offset: end, length: 0 };
    spare = null;
    page.offset = end;
    page.length = 0;
    return page;
  };

  return {
    start: () => pages[0]?.offset ?? end,
    end: () => end,
    append(bytes) {
      let taken = 0;
      while (taken < bytes.length) {
        let page = pages.at(-1);
        if (page === undefined || page.length === page.bytes.length) {
          page = emptyPage(page);
          pages.push(page);
        }
        const part = Math.min(bytes.length - taken, page.bytes.length - page.length);
        page.bytes.set(bytes.subarray(taken, taken + part), page.length);
        page.length += part;
        taken += part;
        end += part;
      }
    },
    skipTo(position) {
      pages.length = 0;
      end = position;
    },
    trim(keep) {
      let dropped = 0;
      while (dropped < pages.length - 1 && end - (pages[dropped + 1]?.offset ?? end) >= keep) dropped++;
      for (const page of pages.splice(0, dropped)) if (page.bytes.length === LAST_PAGE_BYTES) spare = page;
    },
    copy(from, to, target, at) {
      let copied = 0;
      for (const page of pages) {
        const first = Math.max(from, page.offset);
        const last = Math.min(to, page.offset + page.length);
        if (first >= last) continue;
        target.set(page.bytes.subarray(first - page.offset, last - page.offset), at + copied);
        copied += last - first;
      }
      return copied;
    },
  };
}

function nextSize(last: Page | undefined): number {
  return last === undefined ? FIRST_PAGE_BYTES : Math.min(LAST_PAGE_BYTES, last.bytes.length * 2);
}
