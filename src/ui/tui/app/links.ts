// Are links given to the terminal, or written out? Decided by what the terminal is known for, which it may tell late.

import { hostname } from 'node:os';
import { hasHyperlinks } from '../terminal/hyperlinks.ts';
import type { Look } from '../view/look.ts';

export interface Links {
  /** How items are drawn. */
  readonly look: Look;
  /** The terminal's answer to XTVERSION. */
  named(name: string): void;
}

export function openLinks(look: Look, env: Readonly<Record<string, string | undefined>>): Links {
  const lookFor = (name: string | null): Look => {
    const isAble = look.style.depth !== 'plain' && hasHyperlinks(name, env);
    return isAble ? { ...look, linkHost: hostname() } : look;
  };
  let current = lookFor(null);
  return {
    get look() {
      return current;
    },
    named(name) {
      current = lookFor(name);
    },
  };
}
