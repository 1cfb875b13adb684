// How is a session called on screen and on the command line?

/** Ids are shown by their end: they begin with the time, which sessions of a minute share. */
const SHOWN_LENGTH = 6;

export function shownId(session: string): string {
  return session.slice(-SHOWN_LENGTH);
}
