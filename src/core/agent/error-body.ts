// What a server says about a request it refuses: read within bounds, and brought into the one form the client library
// looks for. Servers have a dozen forms of their own.

/** More than a sentence and what goes with it. */
const MOST_BYTES = 64 * 1024;
/** A refusal is short; a server that does not get on with it has said enough. */
const PATIENCE_MS = 5000;

/** `{"error": {message, code, type}}` as JSON. */
export async function errorBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  return JSON.stringify({ error: refusalIn(await beginning(body)) });
}

async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let timer: NodeJS.Timeout | undefined;
  const iterator = body[Symbol.asyncIterator]();
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null);
  });
  try {
    while (length < MOST_BYTES) {
      const next = await Promise.race([iterator.next(), late]);
      if (next === null || next.done === true) break;
      chunks.push(next.value);
      length += next.value.byteLength;
    }
  } catch {
    // What came before the connection was lost says as much as there is.
  } finally {
    clearTimeout(timer);
  }
  // Not waited for: a body that does not come does not end on request either.
  void iterator.return?.().catch(() => {});
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString();
}

interface Refusal {
  readonly message: string;
  readonly code: string;
  readonly type: string;
}

function refusalIn(text: string): Refusal {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return { message: plain(text), code: '', type: '' };
  const outer = Array.isArray(value) ? value[0] : value;
  const inner: unknown = field(outer, 'error') ?? field(outer, 'errors') ?? outer;
  const first = Array.isArray(inner) ? inner[0] : inner;
  if (typeof first === 'string') return { message: first, code: word(outer, 'code'), type: word(outer, 'type') };
  const said = ['message', 'detail', 'error', 'msg']
    .map((name) => sentence(field(first, name)))
    .find((it) => it !== '');
  return {
    message: said ?? plain(text),
    code: word(first, 'code'),
    type: word(first, 'type') || word(first, 'status'),
  };
}

function sentence(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/** A number there is the status once more. */
function word(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page or a sentence.
    return null;
  }
}

function plain(text: string): string {
  if (!/^\s*</.test(text)) return text;
  const title = /<title[^>]*>([^<]{1,200})/i.exec(text)?.[1];
  return title ?? text.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>?/g, ' ');
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
