// Writes docs/events.schema.json from the schemas of the bus. `--check` writes nothing and fails when it is out of date.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = fileURLToPath(new URL('../docs/events.schema.json', import.meta.url));

const bundle = await build({
  entryPoints: [`${root}/src/core/bus/contract.ts`],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { EventBody, EventEnvelope } = await import(`data:text/javascript;base64,${source}`);

/** Bytes as the codec spells them. */
const BYTES = {
  type: 'object',
  properties: { $b: { type: 'string', contentEncoding: 'base64' } },
  required: ['$b'],
};

/** The JSON schema of a valibot schema. A kind that the contract has not used so far ends the script. */
function jsonSchema(schema) {
  switch (schema.type) {
    case 'string':
      return withActions({ type: 'string' }, schema);
    case 'number':
      return withActions({ type: 'number' }, schema);
    case 'boolean':
      return { type: 'boolean' };
    case 'null':
      return { type: 'null' };
    case 'unknown':
    case 'any':
      return {};
    case 'literal':
      return { const: schema.literal };
    case 'picklist':
    case 'enum':
      return { enum: [...schema.options] };
    case 'instance':
      if (schema.class !== Uint8Array) throw new Error(`instances of ${schema.class.name} have no spelling`);
      return BYTES;
    case 'nullable':
    case 'nullish':
      return { anyOf: [jsonSchema(schema.wrapped), { type: 'null' }] };
    case 'optional':
    case 'exact_optional':
      return jsonSchema(schema.wrapped);
    case 'array':
      return { type: 'array', items: jsonSchema(schema.item) };
    case 'tuple':
      return { type: 'array', items: schema.items.map(jsonSchema), minItems: schema.items.length };
    case 'record':
      return { type: 'object', additionalProperties: jsonSchema(schema.value) };
    case 'object':
    case 'strict_object':
    case 'loose_object':
      return objectSchema(schema);
    case 'union':
    case 'variant':
      return { anyOf: schema.options.map(jsonSchema) };
    default:
      throw new Error(`scripts/event-schema.mjs does not know the kind "${schema.type}" yet`);
  }
}

/** Further fields may come with a newer version: none are forbidden. */
function objectSchema({ entries }) {
  const names = Object.keys(entries);
  const isOptional = (name) => ['optional', 'exact_optional', 'nullish'].includes(entries[name].type);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, jsonSchema(entries[name])])),
    required: names.filter((name) => !isOptional(name)),
  };
}

function withActions(base, { pipe = [] }) {
  const found = { ...base };
  for (const { type, requirement } of pipe) {
    if (type === 'safe_integer' || type === 'integer') found.type = 'integer';
    if (type === 'min_value') found.minimum = requirement;
    if (type === 'max_value') found.maximum = requirement;
    if (type === 'min_length') found.minLength = requirement;
    if (type === 'max_length') found.maxLength = requirement;
  }
  return found;
}

const envelope = objectSchema(EventEnvelope);
const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'An event of codex',
  description:
    'One line of `codex exec --json`. What each event means: src/core/bus/contract.ts; how to read them: docs/exec.md.',
  ...envelope,
  required: [...envelope.required, 'type'],
  oneOf: EventBody.options.map((option) => ({ title: option.entries.type.literal, ...jsonSchema(option) })),
};
const text = `${JSON.stringify(schema, null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/events.schema.json is out of date: node scripts/event-schema.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
}
