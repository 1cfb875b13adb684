// Is this terminal known to open links of OSC 8? One that is not would show the text and hide where it leads. Pure.

type Environment = Readonly<Record<string, string | undefined>>;

/** Names in answers to XTVERSION, in TERM_PROGRAM, or in TERM without `xterm-`. */
const KNOWN = /^(?:kitty|iterm|wezterm|ghostty|foot|contour|alacritty|mintty|konsole|xterm\.js|vscode|rio|warp)/i;

/** The first versions that had them. */
const TMUX = 3.4;
const VTE = 5000;
const KONSOLE = 201200;

/** `name`: the answer to XTVERSION, null when none came (yet). */
export function hasHyperlinks(name: string | null, env: Environment): boolean {
  const term = env.TERM ?? '';
  const program = env.TERM_PROGRAM ?? '';
  if (/^(?:dumb|linux|vt\d.*|cons\d+|)$/.test(term)) return false;
  const has = (variable: string): boolean => (env[variable] ?? '') !== '';
  // Inside of a multiplexer the variables are those of the terminal around it.
  const tmux =
    /^tmux (?:next-)?(\d+\.\d+)/i.exec(name ?? '')?.[1] ?? (program === 'tmux' ? env.TERM_PROGRAM_VERSION : undefined);
  if (tmux !== undefined) return Number.parseFloat(tmux) >= TMUX;
  if (has('TMUX') || has('STY') || has('ZELLIJ') || /^(?:tmux|screen)/.test(term)) return false;
  const vte = /^VTE\((\d+)\)/i.exec(name ?? '')?.[1] ?? env.VTE_VERSION ?? '';
  if (Number.parseInt(vte, 10) >= VTE || Number.parseInt(env.KONSOLE_VERSION ?? '', 10) >= KONSOLE) return true;
  if ([name ?? '', program, term.replace(/^xterm-/, '')].some((known) => KNOWN.test(known))) return true;
  return has('WT_SESSION') || has('KITTY_WINDOW_ID');
}
