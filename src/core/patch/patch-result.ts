// How did a patch come out, and what is the model told?

import { assertNever, type Problem, problemText } from '../../problem/index.ts';
import type { Denial } from '../../sandbox/index.ts';
import type { PatchPlan } from './patch-plan.ts';

/** One sentence each: what is different although the patch was not carried out. Empty: nothing is. */
export type Remains = readonly string[];

export type PatchResult =
  | { readonly kind: 'done'; readonly plan: PatchPlan }
  /** The sandbox stopped it. */
  | { readonly kind: 'blocked'; readonly denial: Denial; readonly remains: Remains }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly remains: Remains }
  /** Somebody stopped it. */
  | { readonly kind: 'stopped'; readonly remains: Remains };

/** What a model is answered, without the sentences about a denial, which are the same for every tool. */
export function patchAnswer(result: PatchResult): string {
  switch (result.kind) {
    case 'done':
      return doneText(result.plan);
    case 'blocked':
      return [
        `The patch was not carried out: the sandbox does not let it ${wordsOf(result.denial)}.`,
        nowText(result.remains),
      ].join('\n');
    case 'failed':
      return [problemText(result.problem), ...(result.remains.length > 0 ? [nowText(result.remains)] : [])].join('\n');
    case 'stopped':
      return ['The patch was not carried out: it was stopped.', nowText(result.remains)].join('\n');
    default:
      return assertNever(result);
  }
}

function doneText({ effects }: PatchPlan): string {
  if (effects.length === 0) return 'Success. The files are as the patch wants them: nothing had to be changed.';
  const letters = { add: 'A', update: 'M', move: 'M', delete: 'D' } as const;
  const lines = effects.map((effect) => {
    const shown = effect.kind === 'move' ? effect.movedTo.shown : effect.shown;
    return { letter: letters[effect.kind], shown, replaced: effect.replaced };
  });
  const order = ['A', 'M', 'D'];
  const sorted = lines.toSorted((a, b) => order.indexOf(a.letter) - order.indexOf(b.letter));
  return [
    'Success. Updated the following files:',
    ...sorted.map(({ letter, shown }) => `${letter} ${shown}`),
    ...sorted.flatMap(({ shown, replaced }) => (replaced ? [`replaced ${shown} (there was another file before)`] : [])),
  ].join('\n');
}

function wordsOf({ operation, target }: Denial): string {
  return `${operation} ${target}`;
}

function nowText(remains: Remains): string {
  return remains.length === 0 ? 'Nothing was changed.' : remains.join('\n');
}
