// Which words may a person allow for always, and how does the rule for them read?

import { posix } from 'node:path';
import { partsOf } from './command-parts.ts';
import { dangerIn } from './dangers.ts';
import { isShell } from './shell-call.ts';
import { isWrapper } from './wrappers.ts';

/** Longer than this nobody reads what they allow. */
const LONGEST = 200;

/** Run what their arguments say, so that a prefix allows anything. */
const RUN_ANYTHING = new Set(
  'eval exec source . trap ssh su find awk gawk mawk nawk tclsh expect osascript pwsh powershell powershell.exe pwsh.exe cmd cmd.exe script screen tmux at batch crontab systemd-run'.split(
    ' ',
  ),
);

const INTERPRETER =
  /^(?:python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|luajit|Rscript|ghci|irb|julia|elixir|erl|swift|scala|groovy|jshell)$/;

/** Options with which an interpreter runs a text. */
const RUNS_TEXT = /^(?:-[A-Za-z]*[ceEpr]|--(?:eval|print|execute|command)(?:=.*)?|-)$/;

/** Fetch and run a program by its name. */
const PACKAGE_RUNNERS = new Set(['npx', 'bunx', 'pnpx', 'uvx', 'pipx']);

/** Subcommands whose further words only say on what: two words are a prefix that a person can judge. */
const SUBCOMMANDS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    git: 'add blame branch checkout commit log merge mv restore show stash status switch tag',
    npm: 'ci install ls outdated test view',
    pnpm: 'add install list outdated test',
    yarn: 'add install list outdated test',
    bun: 'add install test',
    cargo: 'add bench build check clippy doc fmt test tree update',
    go: 'fmt list mod',
    pip: 'download freeze install list show',
    pip3: 'download freeze install list show',
    uv: 'add lock sync tree',
    poetry: 'add check install lock show',
    dotnet: 'build restore test',
    docker: 'build images logs ps pull',
    podman: 'build images logs ps pull',
    kubectl: 'describe get logs',
    terraform: 'fmt init plan validate',
    apt: 'install list search show update',
    'apt-get': 'install update',
    brew: 'info install list search update',
  }).map(([program, words]) => [program, new Set(words.split(' '))]),
);

/** Subcommands behind which stands a name that belongs to the prefix: `npm run build`. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['npm', 'run'],
  ['pnpm', 'run'],
  ['yarn', 'run'],
  ['bun', 'run'],
  ['composer', 'run'],
]);

/**
 * The words that an "always" would allow to begin a command: program and subcommand where that says enough, otherwise
 * the whole command. Null where a prefix would allow nearly anything, or where the command is dangerous or compound.
 */
export function prefixFor(argv: readonly string[]): readonly string[] | null {
  const [part, ...others] = partsOf(argv);
  if (part === undefined || others.length > 0 || part.kind !== 'plain' || part.hasHereDocument) return null;
  if (dangerIn(argv).length > 0 || !isOffered(part.words)) return null;
  const prefix = shortPrefix(part.words) ?? part.words;
  const isReadable = prefix.join(' ').length <= LONGEST && !prefix.some((word) => /[\p{Cc}\p{Cf}]/u.test(word));
  return isReadable ? prefix : null;
}

function isOffered(words: readonly string[]): boolean {
  const [program = '', ...args] = words;
  const name = posix.basename(program);
  if (name === '' || /[\s=]/.test(name)) return false;
  if (isShell(program) || isWrapper(name) || RUN_ANYTHING.has(name)) return false;
  if (INTERPRETER.test(name))
    return args.length > 0 && !args.some((word) => RUNS_TEXT.test(word)) && !onlyOptions(args);
  if (PACKAGE_RUNNERS.has(name)) return args.length > 0 && !onlyOptions(args);
  // Options in front of a subcommand change what git runs, and where.
  if (SUBCOMMANDS.has(name))
    return args.length > 0 && !(args[0] ?? '').startsWith('-') && !/^(?:exec|x|dlx|run)$/.test(args.join(' '));
  return true;
}

function onlyOptions(args: readonly string[]): boolean {
  return args.every((word) => word.startsWith('-'));
}

function shortPrefix(words: readonly string[]): readonly string[] | null {
  const [program = '', subcommand = '', name = ''] = words;
  const known = posix.basename(program);
  if (SUBCOMMANDS.get(known)?.has(subcommand) === true) return words.slice(0, 2);
  return NAMED.get(known) === subcommand && /^\w[\w:.-]*$/.test(name) ? words.slice(0, 3) : null;
}

/** The text that is added to `rules/default.rules`, with its line end. */
export function ruleLine(prefix: readonly string[]): string {
  return `prefix_rule(pattern=[${prefix.map((word) => JSON.stringify(word)).join(', ')}], decision="allow")\n`;
}
