// What does a model write? About 8,000 tokens of Markdown, the same ones each time.

const TOKENS = 8_000;
const CHARACTERS_PER_TOKEN = 4;
/** As many tokens come in one event of a fast model. */
const TOKENS_PER_PIECE = 4;

export const LAST_WORDS = 'and that is the end of it.';

const SENTENCES = [
  'The bus closed a client that was **slow** to read, although it had only *lagged* behind for a moment.',
  'Each event has a `seq`, so that a client which missed some can ask for them again.',
  'See [the contract](https://docs.x.example/bus/contract) for what is promised, and for what is not.',
  'Nothing of this changes what is on disk: the record was written before anybody was told.',
];

const CODE = [
  '```ts',
  '// A client that falls behind is told so, and asks again.',
  'export function publish(event: BusEvent, clients: Map<string, Client>): number {',
  '  let told = 0;',
  '  for (const [id, client] of clients) {',
  "    if (client.queue.length > LIMIT) client.lag(id + ' missed ' + event.seq, 42);",
  '    else told += client.send(event) ? 1 : 0;',
  '  }',
  '  return told; /* never waits */',
  '}',
  '```',
];

const TABLE = [
  '| client | queue | state | what to do |',
  '|:--|--:|:-:|---|',
  '| screen | 12 | **live** | nothing |',
  '| second terminal | 1,024 | lagged | reads `1024..2048` again |',
  '| recorder | 0 | live | nothing at all, it is always the first one to know |',
];

function section(number) {
  const sentence = (index) => SENTENCES[(number + index) % SENTENCES.length];
  return [
    `## ${number}. What happens to client ${number * 7}`,
    '',
    `${sentence(0)} ${sentence(1)} ${sentence(2)}`,
    '',
    `- ${sentence(3)}`,
    `- ${sentence(0)}`,
    '  1. first it is *told*',
    '  2. then it asks, with the `seq` it knows',
    '',
    ...(number % 2 === 0 ? CODE : TABLE),
    '',
    `> ${sentence(2)}`,
    '',
  ].join('\n');
}

export function writtenAnswer() {
  let text = '# A lagging client\n\n';
  for (let number = 1; text.length < TOKENS * CHARACTERS_PER_TOKEN; number += 1) text += `${section(number)}\n`;
  return `${text}Everything is green, ${LAST_WORDS}`;
}

export function piecesOf(text) {
  const length = TOKENS_PER_PIECE * CHARACTERS_PER_TOKEN;
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
    text.slice(index * length, (index + 1) * length),
  );
}
