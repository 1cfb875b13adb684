import { describe, expect, it } from 'vitest';
import { instructionsFor } from '../../../src/core/agent/index.ts';

const here = { name: 'local', isPrimary: true, state: 'ready', cwd: '/w', shell: '/bin/zsh' } as const;
const facts = { machines: [here], profile: ':workspace', network: 'restricted', canAsk: true } as const;

describe('the instructions', () => {
  it('say where the model is and what its commands may reach', () => {
    const text = instructionsFor(facts);
    for (const fact of ['cwd: /w', 'shell: /bin/zsh', 'profile: :workspace', 'network: none'])
      expect(text).toContain(fact);
  });

  it('list the machines where there are several, with what cannot be used and why', () => {
    expect(instructionsFor(facts)).not.toContain('<environments>');
    const gone = { name: 'devbox', isPrimary: false, state: 'failed', why: 'refused <here>' } as const;
    expect(instructionsFor({ ...facts, machines: [here, gone] })).toContain(`<environments>
  <environment id="local" primary="true"><cwd>/w</cwd><shell>/bin/zsh</shell></environment>
  <environment id="devbox" primary="false"><status>failed</status><error>refused &lt;here&gt;</error></environment>
</environments>`);
  });

  it('offer a run without the sandbox only where somebody can be asked', () => {
    expect(instructionsFor(facts)).toContain('require_escalated');
    expect(instructionsFor({ ...facts, canAsk: false })).not.toContain('require_escalated');
  });
});
