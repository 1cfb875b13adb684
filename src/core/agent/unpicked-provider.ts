// Who answers while nobody knows which model: its server was not there, and is asked again with each message.

import type { UnpickedChoice } from '../config/providers.ts';
import { createModelProvider, type ModelProviderOptions, pickModel } from './model-provider.ts';
import type { Provider } from './provider.ts';
import { KEPT } from './provider-problems.ts';

export interface UnpickedProviderOptions extends ModelProviderOptions {
  /** The one that was used last, taken again where it is there. */
  readonly preferred: string | null;
  readonly onPicked: (model: string) => void;
}

/** Its `model` is the server's name until the end of the session. */
export function createUnpickedProvider(choice: UnpickedChoice, options: UnpickedProviderOptions): Provider {
  let picked: Provider | null = null;
  return {
    id: choice.id,
    model: choice.name,
    async *respond(request, signal) {
      if (picked === null) {
        const found = await pickModel(choice, options, { preferred: options.preferred, signal });
        if (signal.aborted) return;
        if (!found.ok) {
          const next = [KEPT, found.problem.next].filter((part) => part !== '').join(' ');
          yield { type: 'failed', problem: { ...found.problem, next }, code: null };
          return;
        }
        picked = createModelProvider(found.value, options);
        options.onPicked(found.value.model);
      }
      yield* picked.respond(request, signal);
    },
  };
}
