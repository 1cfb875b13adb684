import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { decode, decodeCommand, decodeEvent, encode } from '../../../src/core/bus/codec.ts';
import { Ack, Command, EventBody } from '../../../src/core/bus/contract.ts';
import { Query, SessionSummary } from '../../../src/core/bus/queries.ts';

/** What a schema of the contract says about itself; only the parts that a generator needs. */
interface Described {
  readonly type: string;
  readonly literal?: unknown;
  readonly options?: readonly unknown[];
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly item?: unknown;
  readonly wrapped?: unknown;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

/** Any value the schema accepts. A kind of schema that is not known here fails the test: it must be taught. */
function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  const described = Object(schema) as Described;
  switch (described.type) {
    case 'literal':
      return fc.constant(described.literal);
    case 'picklist':
      return fc.constantFrom(...(described.options ?? []));
    case 'string':
      return fc.string({ unit: 'binary', minLength: requirement(described, 'min_length') ?? 0, maxLength: 30 });
    case 'number': {
      const isWhole = described.pipe?.some((step) => step.type === 'safe_integer') ?? false;
      if (!isWhole)
        return fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0));
      return fc.nat({ max: 2 ** 31 - 1 }).map((number) => number + (requirement(described, 'min_value') ?? 0));
    }
    case 'boolean':
      return fc.boolean();
    case 'instance':
      return fc.uint8Array({ maxLength: 40 });
    case 'nullable':
      return fc.oneof(fc.constant(null), valuesOf(described.wrapped));
    case 'optional':
    case 'exact_optional':
      // What is left out comes back as its default, so only what is there comes back as it was.
      return valuesOf(described.wrapped);
    case 'array':
      return fc.array(valuesOf(described.item), { maxLength: 3 });
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(described.entries ?? {}).map(([key, of]) => [key, valuesOf(of)])),
      );
    case 'variant':
    case 'union':
      return fc.oneof(...(described.options ?? []).map(valuesOf));
    default:
      throw new Error(`no generator for the schema type ${described.type}`);
  }
}

function requirement(schema: Described, step: string): number | undefined {
  const found = schema.pipe?.find((one) => one.type === step)?.requirement;
  return typeof found === 'number' ? found : undefined;
}

const plain = fc.anything({ withNullPrototype: false, withBigInt: false, maxDepth: 4 });

describe.each([
  ...EventBody.options.map((schema) => ['event', schema.entries.type.literal, schema] as const),
  ...Command.options.map((schema) => ['command', schema.entries.type.literal, schema] as const),
  ...Query.options.map((schema) => ['query', schema.entries.type.literal, schema] as const),
  ['answer', 'ack', Ack] as const,
  ['answer', 'session summary', SessionSummary] as const,
])('%s %s', (kind, _, schema) => {
  it('travels as one line of text and arrives as it was', () => {
    fc.assert(
      fc.property(valuesOf(schema), fc.nat(), (value, seq) => {
        expect(v.safeParse<typeof schema>(schema, value).success).toBe(true);
        const message = kind === 'event' ? { ...Object(value), seq, at: 5, session: 's' } : value;
        const text = encode(message);
        expect(text).not.toContain('\n');
        const read = kind === 'event' ? decodeEvent(text) : kind === 'command' ? decodeCommand(text) : decode(text);
        expect(read).toEqual({ ok: true, value: message });
      }),
      { numRuns: 50 },
    );
  });
});

describe('bytes', () => {
  it('are told from objects that look like them', () => {
    const dressed = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.string(),
        fc.uint8Array({ maxLength: 9 }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('$b', '$$b', '$$$b', 'b', '$c', '__proto__'), tie('value'), {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      ),
    })).value;
    fc.assert(
      fc.property(dressed, (value) => {
        const read = decode(encode(value));
        expect(read).toEqual({ ok: true, value });
      }),
      { numRuns: 500 },
    );
  });

  it('of a Buffer, and of a part of one, are the bytes and nothing more', () => {
    const part = Buffer.from('0123456789').subarray(3, 6);
    expect(decode(encode({ part }))).toEqual({ ok: true, value: { part: new Uint8Array([51, 52, 53]) } });
  });
});

describe('text that is no message', () => {
  it('is a problem, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          plain.map((value) => JSON.stringify(value) ?? ''),
        ),
        (text) => {
          expect(decodeEvent(text).ok).toBe(false);
          expect(decodeCommand(text).ok).toBe(false);
        },
      ),
    );
    expect(decode('{"$b":5}').ok).toBe(false);
  });

  it('says which field is wrong', () => {
    const read = decodeCommand('{"type":"submit","text":5}');
    expect(read).toMatchObject({ ok: false, problem: { why: expect.stringContaining('text') } });
  });
});
