// How does zsh complete this program's command line? With its own `_arguments`, one function for each level.

import { type Level, quoted } from './completion-level.ts';

export function zshCompletion(levels: readonly Level[]): string {
  return `#compdef codex
# Completes codex in zsh: put it into a folder of $fpath as _codex, or eval it behind compinit.
${levels.map(levelFunction).join('\n')}
_codex_ids() {
  local -a ids
  local line
  for line in \${(f)"$(codex completion --ids $1 2>/dev/null)"}; do
    ids+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -V -t sessions session ids
}

if [[ $funcstack[1] == _codex ]]; then _codex "$@"; else compdef _codex codex; fi
`;
}

function nameOf(names: readonly string[]): string {
  return ['_codex', ...names.map((name) => name.replaceAll('-', '_'))].join('_');
}

function levelFunction(level: Level): string {
  const { names, options, subcommands } = level;
  const specs = options.flatMap(optionSpecs);
  const lines = [...specs, ...operandSpecs(level)].map((spec) => `    ${spec}`).join(' \\\n');
  if (subcommands.length === 0) return `${nameOf(names)}() {\n  _arguments -s -S \\\n${lines}\n}\n`;
  return `${nameOf(names)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C -s -S \\
${lines}
  case $state in
    first)
      local -a names=(
${subcommands.map(({ name, text }) => `        ${quoted(`${name}:${text}`)}`).join('\n')}
      )
      _describe subcommand names
      ;;
    rest)
      case $line[1] in
${subcommands.map(({ name }) => `        ${name}) ${nameOf([...names, name])} ;;`).join('\n')}
      esac
      ;;
  esac
}
`;
}

/** `'(-m --model)'{-m,--model}'[text]:MODEL:action'`, and `*` for one that can be said several times. */
function optionSpecs({ name, short, value, choices, completes, isRepeated, text }: Level['options'][number]): string[] {
  const action =
    choices === undefined
      ? completes === undefined
        ? ''
        : `_files${completes === 'folder' ? ' -/' : ''}`
      : `(${choices.join(' ')})`;
  const end = `[${escaped(text ?? '')}]${value === null ? '' : `:${value}:${action}`}`;
  const long = `--${name}${value === null ? '' : '='}`;
  const spelled = short === undefined ? [long] : [`-${short}${value === null ? '' : '+'}`, long];
  const others = isRepeated === true ? '*' : `(${spelled.map((word) => word.replace(/[+=]$/, '')).join(' ')})`;
  return spelled.map((word) => quoted(`${others}${word}${end}`));
}

function operandSpecs({ subcommands, completes }: Level): string[] {
  if (subcommands.length > 0) return [`'1: :->first'`, `'*:: :->rest'`];
  if (completes === 'command') return [`'*::command:_normal'`];
  if (completes === 'listed' || completes === 'open') return [`'1:session: _codex_ids ${completes}'`];
  return completes.length === 0 ? [] : [quoted(`1:word:(${completes.join(' ')})`)];
}

/** Brackets and colons mean something in a specification. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
