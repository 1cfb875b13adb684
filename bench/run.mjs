// How fast is it? `node bench/run.mjs [FIGURE...] [--peer PATH]` measures against floors of the same minute and prints
// a table. Exit code 1: a goal was missed by more than a tenth. 2: usage.

import { accessSync, constants } from 'node:fs';
import { parseArgs } from 'node:util';
import { answer } from './figures/answer.mjs';
import { command } from './figures/command.mjs';
import { flood } from './figures/flood.mjs';
import { keys } from './figures/keys.mjs';
import { machine } from './figures/machine.mjs';
import { rest } from './figures/rest.mjs';
import { resume } from './figures/resume.mjs';
import { start } from './figures/start.mjs';
import { words } from './figures/words.mjs';
import { openPeer } from './lab/peer.mjs';
import { openPlace } from './lab/place.mjs';
import { judge, table } from './lab/report.mjs';

const FIGURES = { start, words, command, answer, flood, keys, resume, rest, machine };

const asked = understand(process.argv.slice(2));
process.exitCode = asked === null ? 2 : await run(asked);

function understand(argv) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      options: { peer: { type: 'string' } },
      allowPositionals: true,
    });
    const unknown = positionals.filter((name) => !Object.hasOwn(FIGURES, name));
    if (unknown.length > 0) throw new Error(`There is no figure ${unknown.join(', ')}.`);
    if (values.peer !== undefined) accessSync(values.peer, constants.X_OK);
    return { names: positionals.length === 0 ? Object.keys(FIGURES) : positionals, peer: values.peer ?? null };
  } catch (error) {
    process.stderr.write(`${error.message}\nnode bench/run.mjs [${Object.keys(FIGURES).join('|')}]... [--peer PATH]\n`);
    return null;
  }
}

async function run({ names, peer: binary }) {
  const place = openPlace();
  const leave = (signal) => {
    place.close();
    process.exit(128 + (signal === 'SIGINT' ? 2 : 15));
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  let peer = null;
  try {
    peer = binary === null ? null : await openPeer(place, binary);
    const rows = [];
    for (const name of names) {
      process.stderr.write(`${name} ...\n`);
      const say = (text) => process.stderr.write(`${name}: ${text}\n`);
      rows.push(...(await FIGURES[name]({ place, peer, say })));
    }
    process.stdout.write(`${table(rows)}\n`);
    return rows.some((row) => judge(row).isMissed) ? 1 : 0;
  } finally {
    await peer?.end();
    place.close();
  }
}
