// How does bash complete this program's command line? Without the package of helpers, which may not be there.

import { type Level, quoted, spellings } from './completion-level.ts';

/** A `case` of the levels: what they offer, by the words that lead to them. */
export function bashCompletion(levels: readonly Level[]): string {
  return `# Completes codex in bash: eval "$(codex completion bash)"
_codex() {
  local current=\${COMP_WORDS[COMP_CWORD]} before='' level='' word skip=0 i
  COMPREPLY=()
  # What stands before the cursor: which subcommand, and whether an option waits for its value.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    before=''
    if [[ $word == = ]]; then skip=1; continue; fi
    if ((skip)); then skip=0; continue; fi
    case $word in
      --) _codex_operand "$level" rest "$current"; return ;;
      *=*) continue ;;
    esac
    case "$level:$word" in
${levels.flatMap(takingCases).join('\n')}
    esac
    case "$level:$word" in
${levels.flatMap(levelCases).join('\n')}
    esac
  done
  # bash cuts --name=value at the equals sign: the value is a word of its own.
  if [[ $current == = ]]; then current=''; before=\${COMP_WORDS[COMP_CWORD - 1]}
  elif ((COMP_CWORD > 2)) && [[ \${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then before=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ -n $before ]]; then _codex_value "$level:$before" "$current"; return; fi
  if [[ $current == -* ]]; then
    case "$level" in
${levels.map(optionsCase).join('\n')}
    esac
    return
  fi
  _codex_operand "$level" here "$current"
}

_codex_words() { COMPREPLY+=($(compgen -W "$1" -- "$2")); }

_codex_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$2"))
}

_codex_ids() { _codex_words "$(codex completion --ids "$1" 2>/dev/null | cut -f 1)" "$2"; }

_codex_value() {
  case $1 in
${levels.flatMap(valueCases).join('\n')}
  esac
}

_codex_operand() {
  case "$1" in
${levels.map(operandCase).join('\n')}
  esac
}

complete -F _codex codex
`;
}

function key({ names }: Level): string {
  return names.join(' ');
}

/** Options whose value is the next word. */
function takingCases(level: Level): string[] {
  const taking = level.options.filter(({ value }) => value !== null).flatMap(spellings);
  if (taking.length === 0) return [];
  return [
    `      ${taking.map((name) => quoted(`${key(level)}:${name}`)).join('|')}) skip=1; before=$word; continue ;;`,
  ];
}

function levelCases(level: Level): string[] {
  return level.subcommands.map(
    ({ name }) => `      ${quoted(`${key(level)}:${name}`)}) level=${quoted([...level.names, name].join(' '))} ;;`,
  );
}

function optionsCase(level: Level): string {
  return `      ${quoted(key(level))}) _codex_words ${quoted(level.options.flatMap(spellings).join(' '))} "$current" ;;`;
}

function valueCases(level: Level): string[] {
  return level.options.flatMap((option) => {
    const action = valueAction(option);
    const names = spellings(option).map((name) => quoted(`${key(level)}:${name}`));
    return action === null ? [] : [`    ${names.join('|')}) ${action} ;;`];
  });
}

function valueAction({ value, choices, completes }: Level['options'][number]): string | null {
  if (value === null) return null;
  if (choices !== undefined) return `_codex_words ${quoted(choices.join(' '))} "$2"`;
  if (completes !== undefined) return `_codex_paths ${completes === 'folder' ? '-d' : '-f'} "$2"`;
  return null;
}

function operandCase(level: Level): string {
  const { completes, subcommands } = level;
  const names = subcommands.map(({ name }) => name).join(' ');
  const actions = [
    ...(names === '' ? [] : [`[[ $2 == rest ]] || _codex_words ${quoted(names)} "$3"`]),
    ...(completes === 'command' ? ['COMPREPLY=($(compgen -c -- "$3"))'] : []),
    ...(completes === 'listed' || completes === 'open' ? [`_codex_ids ${completes} "$3"`] : []),
    ...(typeof completes === 'string' || completes.length === 0
      ? []
      : [`_codex_words ${quoted(completes.join(' '))} "$3"`]),
  ];
  return `    ${quoted(key(level))}) ${actions.length === 0 ? ':' : actions.join('; ')} ;;`;
}
