import { describe, expect, it } from 'vitest';
import { instructionsFor } from '../../../src/core/agent/index.ts';

const facts = { cwd: '/w', shell: '/bin/zsh', profile: ':workspace', network: 'restricted', canAsk: true } as const;

describe('the instructions', () => {
  it('say where the model is and what its commands may reach', () => {
    const text = instructionsFor(facts);
    for (const fact of ['cwd: /w', 'shell: /bin/zsh', 'profile: :workspace', 'network: none'])
      expect(text).toContain(fact);
  });

  it('offer a run without the sandbox only where somebody can be asked', () => {
    expect(instructionsFor(facts)).toContain('require_escalated');
    expect(instructionsFor({ ...facts, canAsk: false })).not.toContain('require_escalated');
  });
});
