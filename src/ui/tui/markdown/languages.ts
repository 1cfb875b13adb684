// What are the languages made of, as far as colours go? Comments, texts, numbers and words; a part that a language
// cannot hold on one line says how it ends. A table, and no grammar: each line costs the same whatever stands above it.

import type { Role } from '../terminal/style.ts';
import type { Language, Part } from './highlight.ts';

interface Spelling {
  /** `[what, role]`, or `[what, role, its end]` for what goes on over lines; what comes first is found first. */
  readonly parts: readonly (readonly [string, Role | 'word' | null, string?])[];
  readonly keywords?: string;
  /** Values that have names. */
  readonly values?: string;
  readonly isCaseless?: true;
  readonly behind?: RegExp;
}

const COMMENT = 'dim';
const TEXT = 'ok';
const VALUE = 'warn';
const KEYWORD = 'accent';
const NAME = 'accent';

const double = ['"(?:[^"\\\\]|\\\\.)*"?', TEXT] as const;
const single = ["'(?:[^'\\\\]|\\\\.)*'?", TEXT] as const;
const slashes = ['//.*', COMMENT] as const;
const hash = ['#.*', COMMENT] as const;
const block = ['/\\*', COMMENT, '\\*/'] as const;
const number = [
  '\\b(?:0[xX][\\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\\d[\\d_]*(?:\\.\\d[\\d_]*)?(?:[eE][+-]?\\d+)?)[a-zA-Z%]*',
  VALUE,
] as const;
const word = ['[A-Za-z_$][\\w$]*', 'word'] as const;
const plainWord = ['[A-Za-z_][\\w-]*', 'word'] as const;
/** One character, and never a lifetime or the mark of a generic type. */
const character = ["'(?:[^'\\\\\\n]|\\\\[^']+)'", TEXT] as const;
const annotation = ['@[A-Za-z_][\\w.]*', VALUE] as const;
const tail = [number, word] as const;
const cLike = [slashes, block, double, character, ...tail] as const;

const C_WORDS =
  'auto break case char const continue default do double else enum extern float for goto if inline int long register ' +
  'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while';
const JS_WORDS =
  'abstract any as asserts async await boolean break case catch class const continue debugger declare default delete do ' +
  'else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let ' +
  'namespace never new number of object override private protected public readonly return satisfies set static string ' +
  'super switch symbol this throw try type typeof unique unknown using var void while with yield';

const markup: Spelling = {
  parts: [
    ['<!--', COMMENT, '-->'],
    ['<!\\[CDATA\\[', TEXT, '\\]\\]>'],
    ['<[!?][^>]*>?', COMMENT],
    ['</?[A-Za-z][\\w:.-]*|/?>', NAME],
    ['(?<==\\s*)(?:"[^"]*"|\'[^\']*\')', TEXT],
    ['&#?\\w+;', VALUE],
  ],
};

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  javascript: {
    parts: [
      slashes,
      block,
      ['`(?:[^`\\\\]|\\\\.)*`', TEXT],
      ['`', TEXT, '`'],
      double,
      single,
      ['/(?<=(?:^|[=(,:;!&|?{}\\[])\\s*/)(?![/*])(?:[^/\\\\\\[]|\\\\.|\\[(?:[^\\]\\\\]|\\\\.)*\\])+/[a-z]*', TEXT],
      annotation,
      ...tail,
    ],
    keywords: JS_WORDS,
    values: 'true false null undefined NaN Infinity',
  },
  python: {
    parts: [
      hash,
      ['[rRbBuUfF]{0,2}"""', TEXT, '"""'],
      ["[rRbBuUfF]{0,2}'''", TEXT, "'''"],
      ['[rRbBuUfF]{0,2}"(?:[^"\\\\]|\\\\.)*"?', TEXT],
      ["[rRbBuUfF]{0,2}'(?:[^'\\\\]|\\\\.)*'?", TEXT],
      annotation,
      ...tail,
    ],
    keywords:
      'and as assert async await break case class continue def del elif else except finally for from global if import in ' +
      'is lambda match nonlocal not or pass raise return self try while with yield',
    values: 'True False None',
  },
  shell: {
    parts: [
      ['(?<![^\\s;(&|])#.*', COMMENT],
      ['"(?:[^"\\\\]|\\\\.)*"', TEXT],
      ['"', TEXT, '(?<!\\\\)"'],
      ["\\$?'[^']*'", TEXT],
      ["(?<!\\w)\\$?'", TEXT, "'"],
      ['\\$(?:\\{[^}]*\\}?|[A-Za-z_]\\w*|[\\d@*#?$!-])', VALUE],
      ['(?<![\\w-])--?[A-Za-z][\\w-]*', null],
      ['[A-Za-z_][\\w.-]*', 'word'],
    ],
    keywords:
      'if then else elif fi for while until do done case esac in function select time return exit break continue local ' +
      'export readonly declare typeset unset source alias set shift trap eval exec sudo',
    values: 'true false',
  },
  json: {
    parts: [
      slashes,
      block,
      ['"(?:[^"\\\\]|\\\\.)*"(?=\\s*:)', NAME],
      double,
      ['-?\\b\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?', VALUE],
      plainWord,
    ],
    values: 'true false null',
  },
  yaml: {
    parts: [
      ['(?<!\\S)#.*', COMMENT],
      ['(?<=^[\\s-]*)(?:"[^"]*"|\'[^\']*\'|[^\\s#:\'"&*!|>{}\\[\\]-][^#:]*?)(?=\\s*:(?:\\s|$))', NAME],
      double,
      ["'(?:[^']|'')*'?", TEXT],
      ['[&*!][\\w.!/-]+', VALUE],
      ['(?<![\\w.-])-?\\d+(?:\\.\\d+)*(?![\\w.-])', VALUE],
      ['[A-Za-z_][\\w./-]*', 'word'],
    ],
    values: 'true false null yes no on off True False',
  },
  toml: {
    parts: [
      ['[#;].*', COMMENT],
      ['^\\s*\\[.*\\]', NAME],
      ['^\\s*[\\w."\'-]+(?=\\s*=)', NAME],
      ['"""', TEXT, '"""'],
      ["'''", TEXT, "'''"],
      double,
      single,
      ['\\b\\d[\\d_.:TZ+-]*', VALUE],
      plainWord,
    ],
    values: 'true false',
  },
  markup,
  css: {
    parts: [
      block,
      slashes,
      double,
      single,
      ['[@$][\\w-]+', VALUE],
      ['#[\\da-fA-F]{3,8}\\b', VALUE],
      ['(?<=(?:^|[{;])\\s*)[\\w-]+(?=\\s*:)', NAME],
      ['(?<![\\w-])-?\\d*\\.?\\d+(?:%|[a-z]+)?', VALUE],
      ['!important', KEYWORD],
      ['[.#&:]*[A-Za-z_][\\w-]*', null],
    ],
  },
  go: {
    parts: [slashes, block, ['`[^`]*`', TEXT], ['`', TEXT, '`'], double, character, ...tail],
    keywords:
      'any bool break byte case chan const continue default defer else error fallthrough float32 float64 for func go goto if ' +
      'import int int32 int64 interface map package range return rune select string struct switch type uint uint64 var',
    values: 'true false nil iota',
  },
  rust: {
    parts: [
      slashes,
      block,
      ['b?r#+"', TEXT, '"#+'],
      ['b?"(?:[^"\\\\]|\\\\.)*"', TEXT],
      ['b?"', TEXT, '(?<!\\\\)"'],
      character,
      ["'[a-z_]\\w*", VALUE],
      ['#!?\\[[^\\]]*\\]?', VALUE],
      ...tail,
    ],
    keywords:
      'as async await bool break char const continue crate dyn else enum extern f32 f64 fn for i32 i64 if impl in isize let ' +
      'loop match mod move mut pub ref return self Self static str struct super trait type u8 u16 u32 u64 union unsafe use ' +
      'usize where while',
    values: 'true false None Some Ok Err',
  },
  c: {
    parts: [['^\\s*#\\s*[a-z]+(?:\\s*<[^>]*>)?', VALUE], ...cLike],
    keywords: `${C_WORDS} alignas alignof bool catch class concept constexpr consteval co_await co_return co_yield decltype delete explicit final friend mutable namespace new noexcept operator override private protected public requires template this throw try typename using virtual`,
    values: 'true false NULL nullptr',
  },
  java: {
    parts: [['"""', TEXT, '"""'], annotation, ...cLike],
    keywords:
      'abstract as boolean break by byte case catch char class companion const constructor continue crossinline data default ' +
      'do double else enum extends extension fallthrough fileprivate final finally float for fun func get given guard if ' +
      'implements implicit import in init inout inner instanceof int interface internal is lateinit lazy let long match ' +
      'mixin native new object of open operator override package private protected protocol public record reified repeat ' +
      'required return sealed self set short static struct super suspend switch synchronized this throw throws trait ' +
      'transient try type typealias val var vararg void volatile when where while with yield def extends async await late',
    values: 'true false null nil None Some',
  },
  csharp: {
    parts: [['[$@]*"(?:[^"\\\\]|\\\\.|"")*"', TEXT], ['^\\s*#\\s*[a-z]+', VALUE], ...cLike],
    keywords:
      'abstract as async await base bool break byte case catch char class const continue decimal default delegate do double ' +
      'dynamic else enum event explicit extern finally fixed float for foreach get if implicit in init int interface ' +
      'internal is lock long namespace new nint object operator out override params partial private protected public ' +
      'readonly record ref required return sealed set short sizeof static string struct switch this throw try typeof uint ' +
      'unchecked unsafe using var virtual void volatile when where while yield',
    values: 'true false null',
  },
  php: {
    parts: [['<\\?php|\\?>', VALUE], slashes, block, hash, double, single, ['\\$\\w+', VALUE], ...tail],
    keywords:
      'abstract and array as bool break callable case catch class clone const continue declare default do echo else elseif ' +
      'enum extends final finally float fn for foreach function global if implements include include_once instanceof int ' +
      'interface isset match mixed namespace new null or print private protected public readonly require require_once ' +
      'return self static string switch throw trait try unset use var void while yield',
    values: 'true false null',
  },
  ruby: {
    parts: [
      ['^=begin', COMMENT, '^=end'],
      ['#(?!\\{).*', COMMENT],
      double,
      single,
      ['(?<![:\\w]):[A-Za-z_]\\w*[?!]?', VALUE],
      ['@{1,2}[A-Za-z_]\\w*|\\$\\w+', VALUE],
      number,
      ['[A-Za-z_]\\w*[?!]?', 'word'],
    ],
    keywords:
      'alias and attr_accessor attr_reader begin break case catch class cond def defmodule defp defstruct do else elsif end ' +
      'ensure extend fn for if import in include module next not or private protected public quote raise redo require ' +
      'require_relative rescue retry return self super then unless until use when while with yield alias',
    values: 'true false nil',
  },
  sql: {
    parts: [['--.*', COMMENT], block, ["'(?:[^']|'')*'?", TEXT], ['"[^"]*"?', null], number, plainWord],
    keywords:
      'add all alter and any as asc begin between bigint boolean by cascade case cast check column commit constraint create ' +
      'cross database date default delete desc distinct drop else end except exists explain analyze foreign from full ' +
      'function group having if in index inner insert int integer intersect interval into is join jsonb key lateral left ' +
      'like limit not null numeric offset on or order outer over partition primary references replace returning right ' +
      'rollback row rows select serial set table temporary text then timestamp to transaction trigger truncate union ' +
      'unique update using uuid values varchar view when where with',
    values: 'true false null',
    isCaseless: true,
  },
  dockerfile: {
    parts: [['^\\s*#.*', COMMENT], ['^\\s*[A-Z]+\\b', KEYWORD], double, single, ['\\$(?:\\{[^}]*\\}?|\\w+)', VALUE]],
  },
  makefile: {
    parts: [
      ['(?<!\\\\)#.*', COMMENT],
      ['^[^\\s:#=][^:#=]*(?=:(?!=))', NAME],
      ['\\$[({][^)}]*[)}]?|\\$[@<^*?%]', VALUE],
      double,
      single,
      plainWord,
    ],
    keywords: 'include ifeq ifneq ifdef ifndef else endif define endef export override',
  },
  diff: {
    parts: [
      ['^(?:diff|index|---|\\+\\+\\+|rename|new file|deleted file|similarity|Index:).*', 'bold'],
      ['^@@.*', 'accent'],
      ['^\\+.*', 'ok'],
      ['^-.*', 'bad'],
    ],
  },
  markdown: {
    parts: [
      ['^ {0,3}#{1,6} .*', 'bold'],
      ['^ {0,3}(?:```|~~~).*', COMMENT],
      ['`[^`]*`', TEXT],
      ['\\[[^\\]]*\\]\\([^)]*\\)', NAME],
      ['^\\s*(?:[-*+]|\\d+[.)])(?= )', VALUE],
    ],
  },
  lua: {
    parts: [['--\\[\\[', COMMENT, '\\]\\]'], ['--.*', COMMENT], ['\\[\\[', TEXT, '\\]\\]'], double, single, ...tail],
    keywords: 'and break do else elseif end for function goto if in local not or repeat return then until while',
    values: 'true false nil',
  },
  haskell: {
    parts: [['\\{-', COMMENT, '-\\}'], ['--.*', COMMENT], double, character, ...tail],
    keywords:
      'case class data deriving do else forall if import in infix infixl infixr instance let module newtype of qualified then ' +
      'type where',
    values: 'True False Nothing Just',
  },
  perl: {
    parts: [['^=\\w+', COMMENT, '^=cut'], hash, double, single, ['[$@%][\\w:]+', VALUE], ...tail],
    keywords:
      'and cmp default die do else elsif eval foreach for given if last local my next no not or our package print return say ' +
      'sub unless until use when while x xor',
  },
  r: {
    parts: [hash, double, single, number, ['[A-Za-z.][\\w.]*', 'word']],
    keywords: 'break else for function if in library next repeat require return while',
    values: 'TRUE FALSE NULL NA Inf NaN',
  },
  powershell: {
    parts: [
      ['<#', COMMENT, '#>'],
      hash,
      double,
      single,
      ['\\$\\w+(?::\\w+)?', VALUE],
      number,
      ['[A-Za-z][\\w-]*', 'word'],
    ],
    keywords:
      'begin break catch class continue do else elseif end exit finally foreach for function if in param process return ' +
      'switch throw trap try until using while',
    isCaseless: true,
  },
  hcl: {
    parts: [hash, slashes, block, double, ['^\\s*[\\w-]+(?=\\s*=)', NAME], number, plainWord],
    keywords:
      'data enum extend fragment for if in input interface locals message module mutation oneof option output package ' +
      'provider query repeated resource returns rpc scalar schema service subscription syntax terraform type union variable ' +
      'bool string int32 int64 bytes double float',
    values: 'true false null',
  },
  session: {
    parts: [],
    behind: /^(?:[\w@:~./-]*[$#%>] )/,
  },
};

const NAMES: Readonly<Record<string, string>> = {
  javascript: 'js jsx mjs cjs ts tsx mts cts typescript node',
  python: 'py python3 pyi gyp',
  shell: 'bash sh zsh ksh fish env dotenv',
  json: 'jsonc json5 jsonl ndjson',
  yaml: 'yml',
  toml: 'ini cfg conf properties editorconfig systemd',
  markup: 'html xml svg xhtml vue svelte plist xsl',
  css: 'scss less sass',
  go: 'golang',
  rust: 'rs',
  c: 'h cpp c++ cc cxx hpp objc objectivec cuda arduino zig',
  java: 'kotlin kt kts swift scala dart groovy gradle',
  csharp: 'cs c#',
  ruby: 'rb elixir ex exs crystal',
  sql: 'postgresql postgres pgsql mysql sqlite plsql',
  dockerfile: 'docker containerfile',
  makefile: 'make mk',
  diff: 'patch',
  markdown: 'md mdx',
  haskell: 'hs elm',
  perl: 'pl pm',
  powershell: 'ps1 ps pwsh',
  hcl: 'terraform tf graphql gql proto protobuf nix',
  session: 'console shell-session terminal shellsession',
};

/** Languages that were asked for. Making one compiles its patterns, so each is made once, when code in it comes. */
const made = new Map<string, Language>();

/** By the name behind a fence, in whatever case; null when it is not known. */
export function languageNamed(name: string): Language | null {
  const asked = name.toLowerCase();
  const own = Object.hasOwn(SPELLINGS, asked)
    ? asked
    : Object.keys(NAMES).find((language) => NAMES[language]!.split(' ').includes(asked));
  if (own === undefined || asked === '') return null;
  const known = made.get(own);
  if (known !== undefined) return known;
  const language = languageOf(SPELLINGS[own]!);
  made.set(own, language);
  return language;
}

function languageOf(spelling: Spelling): Language {
  const { keywords = '', values = '', isCaseless, behind = null } = spelling;
  const parts = behind === null ? spelling.parts : SPELLINGS.shell!.parts;
  const words = new Map<string, Role>();
  const named = behind === null ? keywords : (SPELLINGS.shell!.keywords ?? '');
  for (const keyword of named.split(' ')) words.set(keyword, KEYWORD);
  for (const value of values.split(' ')) words.set(isCaseless === true ? value.toLowerCase() : value, VALUE);
  return {
    parts: parts.map(([, role, until]): Part => ({ role, until: until === undefined ? null : new RegExp(until, 'g') })),
    pattern: new RegExp(parts.map(([pattern]) => `(${pattern})`).join('|'), 'g'),
    words,
    hasCase: isCaseless !== true,
    behind,
  };
}
