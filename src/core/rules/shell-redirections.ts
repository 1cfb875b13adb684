// Where does a command read from and write to?

import {
  type Assignment,
  giveUp,
  peek,
  type Reader,
  type Redirection,
  type SimpleCommand,
  type Span,
  skipBlanks,
  spanFrom,
} from './shell-reader.ts';
import { readWord } from './shell-words.ts';

/** A command that is being read. It is handed on as it is: scripts can have a hundred thousand of them. */
export interface Draft extends SimpleCommand {
  readonly words: string[];
  readonly spans: Span[];
  readonly assignments: Assignment[];
  readonly redirections: Redirection[];
}

export function openDraft({ commands, pipedFrom }: Reader): Draft {
  return { words: [], spans: [], assignments: [], redirections: [], innerFrom: commands.length, pipedFrom };
}

const REDIRECTION = /(?:\d+|\{\w+\})?(<<<|<<-|<<|<&|<>|>>|>&|>\||<|>)|(&>>|&>)/y;

/** One redirection with its target. False: none begins here. */
export function readRedirection(reader: Reader, into: Draft): boolean {
  const start = reader.at;
  if (!/[<>&{\d]/.test(peek(reader))) return false;
  REDIRECTION.lastIndex = start;
  const found = REDIRECTION.exec(reader.text);
  const operator = found?.[1] ?? found?.[2];
  if (operator === undefined || REDIRECTION.lastIndex > reader.end) return false;
  const isProcess = /^[<>]$/.test(operator) && reader.text.charAt(REDIRECTION.lastIndex) === '(';
  if (isProcess) return false;
  reader.at = REDIRECTION.lastIndex;
  skipBlanks(reader);
  const isHere = operator === '<<' || operator === '<<-';
  reader.reasons.add(isHere ? 'a here-document' : 'a redirection');
  // The name of a here-document is never expanded, so what is in it is no reason.
  const reasons = isHere ? [...reader.reasons] : null;
  const from = reader.at;
  const target = readWord(reader);
  if (reader.at === from) giveUp(reader, 'a redirection goes nowhere');
  if (reasons !== null) {
    reader.reasons.clear();
    for (const reason of reasons) reader.reasons.add(reason);
    const isQuoted = /['"\\]/.test(reader.text.slice(from, reader.at));
    reader.hereDocuments.push({ delimiter: target.text, isQuoted, stripsTabs: operator === '<<-' });
  }
  into.redirections.push({ operator, target: target.text, span: spanFrom(reader, start) });
  return true;
}

/** The redirections of a compound command; they count as a command without words. */
export function readRedirections(reader: Reader): void {
  const draft = openDraft(reader);
  do skipBlanks(reader);
  while (readRedirection(reader, draft));
  if (draft.redirections.length > 0) reader.commands.push(draft);
}
