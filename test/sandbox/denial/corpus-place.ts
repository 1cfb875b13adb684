// What the folders look like that a command of the corpus finds, each in a place of its own.

import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openPlace, type Place } from '../sandboxed.ts';

export interface CorpusPlace extends Disposable {
  readonly ws: string;
  readonly home: string;
  /** Puts the place's folders into a text: `@ws`, `@out`, `@home`, `@sock`, `@port`. */
  fill(text: string): string;
}

/** Servers of the machine, outside every sandbox. */
export interface Servers {
  readonly sock: string;
  readonly port: number;
}

const folders = [
  'ws/.git/hooks',
  'ws/.agents',
  'ws/sub',
  'ws/secret',
  'out/empty',
  'out/full',
  'out/with dir',
  'home/.codex',
];

const texts: Readonly<Record<string, string>> = {
  'ws/f': 'a\nb\n',
  'ws/f2': 'a\nb\n',
  'ws/.git/config': '[core]\n',
  'ws/.agents/a': 'a\n',
  'ws/sub/g': 'a\n',
  'ws/secret/key': 'k\n',
  'ws/names': 'a\nb\nc\n',
  'ws/paths': '@out/one\n@out/two\n',
  'ws/log':
    "touch: cannot touch '@out/x': Read-only file system\nbash: line 1: @out/x: Read-only file system\ncat: @home/.codex/auth.json: Permission denied\n",
  'ws/sub/run.sh': 'cd "$(dirname "$0")/../../out" && touch s\n',
  'ws/show.sh': 'cat log >&2\nexit 1\n',
  'ws/write.cjs': "require('node:fs').writeFileSync('@out/written', '');\n",
  'ws/bad.cjs': 'const texts = ["EROFS: read-only file system, open \'@out/x\'" "EACCES: permission denied"];\n',
  'ws/titles.cjs':
    "for (const it of ['\u2713 says', 'PASS says', '\u2717 says', 'not ok 4 - says']) console.log(it + \": EROFS: read-only file system, open '@out/x'\");\nprocess.exit(1);\n",
  'ws/titles.test.cjs':
    "require('node:test')(\"says EROFS: read-only file system, open '@out/x'\", () => {});\nrequire('node:test')(\"tells of touch: cannot touch '@out/y': Read-only file system\", () => {});\n",
  'ws/failing.test.cjs':
    "require('node:test')('writes', () => require('node:fs').writeFileSync('@out/from-test', ''));\n",
  'ws/server.cjs':
    "const server = require('node:http').createServer((_, answer) => { answer.statusCode = 403; answer.end('Permission denied: @home/x'); });\nserver.listen(0, '127.0.0.1', async () => { const got = await fetch('http://127.0.0.1:' + server.address().port); console.log(got.status, await got.text()); server.close(); server.closeAllConnections(); });\n",
  'ws/a.c': 'int main(void) { return 0; }\n',
  'ws/bad.c': '#error "Read-only file system: @out/x"\n',
  'ws/Makefile':
    "all:\n\ttouch @out/made\nsays:\n\t@echo \"expected 'Read-only file system', got: 'Permission denied'\"; false\n",
  'out/file': 'a\nb\n',
  'out/full/inner': 'a\n',
  'home/.codex/auth.json': '{}\n',
};

/** A fresh place that belongs to `uid`. */
export function openCorpusPlace(uid: number, { sock, port }: Servers): CorpusPlace {
  const place: Place = openPlace(uid);
  const own = (name: string): string => path.join(place.path, name);
  const fill = (text: string): string =>
    text
      .replaceAll('@out', own('out'))
      .replaceAll('@ws', own('ws'))
      .replaceAll('@home', own('home'))
      .replaceAll('@sock', sock)
      .replaceAll('@port', String(port));
  for (const folder of folders) place.folder(folder);
  for (const [name, text] of Object.entries(texts)) writeFileSync(own(name), fill(text));
  writeFileSync(own('ws/private'), 'x\n');
  chmodSync(own('ws/private'), 0o000);
  writeFileSync(own('ws/a.tar'), tarOf('f', 'a\nb\n'));
  symlinkSync(own('out'), own('ws/outlink'));
  symlinkSync(own('out/file'), own('ws/filelink'));
  symlinkSync(own('out/none'), own('ws/dangling'));
  symlinkSync(own('ws'), own('out/inlink'));
  return { ws: own('ws'), home: own('home'), fill, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

/** An archive with one file, made by hand so that no program has to run before the sandbox does. */
export function tarOf(name: string, text: string): string {
  const field = (value: string, length: number): string => value.padEnd(length, '\0');
  const head = (sum: string): string =>
    `${field(name, 100)}${field('0000644', 8)}${field('0000000', 8)}${field('0000000', 8)}${field(text.length.toString(8).padStart(11, '0'), 12)}${field('00000000000', 12)}${sum}0`;
  const sum = [...head('        ')].reduce((total, it) => total + it.charCodeAt(0), 0);
  return field(head(`${sum.toString(8).padStart(6, '0')}\0 `), 512) + field(text, 512) + field('', 1024);
}
