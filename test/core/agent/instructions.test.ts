import { describe, expect, it } from 'vitest';
import { instructionsFor } from '../../../src/core/agent/index.ts';
import { builtInProfile, type Profile } from '../../../src/sandbox/index.ts';

const here = { name: 'local', isPrimary: true, state: 'ready', cwd: '/w', shell: '/bin/zsh' } as const;
const facts = {
  machines: [here],
  profile: builtInProfile(':workspace'),
  network: 'restricted',
  canAsk: true,
  today: '2026-11-26',
} as const;

describe('the instructions', () => {
  it('say where the model is and what its commands may reach', () => {
    const text = instructionsFor(facts);
    for (const fact of ['cwd: /w', 'shell: /bin/zsh', 'profile: :workspace', 'network: none', 'date: 2026-11-26'])
      expect(text).toContain(fact);
  });

  it('say which files may be read and written, before a command meets the sandbox', () => {
    const linesOf = (profile: Profile): readonly string[] =>
      instructionsFor({ ...facts, profile: { name: 'x', profile } })
        .split('\n')
        .filter((line) => /^(?:may |closed|files)/.test(line));
    const { profile } = builtInProfile(':workspace');
    if (profile.type !== 'managed') throw new Error('the built-in profile is managed');
    expect(linesOf(profile)).toEqual([
      'may read: everything',
      'may write: the folder this session was opened in, /tmp, $TMPDIR',
      'may not write, directly in those folders: .git, .codex, .agents, .aws',
    ]);
    expect(
      linesOf({
        ...profile,
        workspaceRoots: ['/other'],
        entries: [
          { path: { type: 'special', place: 'minimal' }, access: 'read' },
          { path: { type: 'special', place: 'workspace_roots', subpath: 'src' }, access: 'write' },
          { path: { type: 'path', path: '~/.ssh' }, access: 'deny' },
          { path: { type: 'glob', pattern: '**/.env', place: 'workspace_roots' }, access: 'deny' },
        ],
      }),
    ).toEqual([
      'may read: what programs need to run, src in the folder this session was opened in, /other/src',
      'may write: src in the folder this session was opened in, /other/src',
      'may not write, directly in those folders: .git, .codex, .agents, .aws',
      'closed: ~/.ssh, **/.env in the folder this session was opened in',
    ]);
    expect(linesOf(builtInProfile(':read-only').profile)).toEqual(['may read: everything', 'may write: nothing']);
    expect(linesOf({ type: 'disabled' })).toEqual(['files: no sandbox, whatever the person can']);
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
