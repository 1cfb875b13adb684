import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../../src/core/config/index.ts';
import { commandVariables, type VariablesFacts } from '../../../src/core/tools/index.ts';
import { resolveVariables } from '../../../src/exec/index.ts';

const policy = defaultConfig().shell_environment_policy;
const own = {
  PATH: '/bin',
  HOME: '/home/u',
  LANG: 'de_DE.UTF-8',
  TERM: 'screen',
  EDITOR: 'vim',
  MY_KEY: '1',
  GITHUB_TOKEN: '2',
  a_secret: '3',
  KEYBOARD: '4',
  MY_PASSWORD: '5',
  PLAIN: '6',
  CODEX_EXTRA_CA: '/ca.pem',
};

function environment({ base = own, ...more }: Partial<VariablesFacts & { base: Record<string, string> }> = {}) {
  const variables = commandVariables({
    policy,
    keyNames: [],
    reader: 'person',
    isTerminal: true,
    networkIsOff: true,
    session: 's',
    call: 'c',
    version: '1',
    previousFolder: null,
    ...more,
  });
  return resolveVariables(base, variables);
}

describe('the environment of a command', () => {
  it("is a person's own, in the panes' terminal, without what looks like a key", () => {
    const env = environment();
    expect(env).toMatchObject({
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      EDITOR: 'vim',
      TERM: 'xterm-256color',
      MY_PASSWORD: '5',
    });
    for (const name of ['MY_KEY', 'GITHUB_TOKEN', 'a_secret', 'KEYBOARD', 'NO_COLOR', 'PAGER']) {
      expect(env).not.toHaveProperty(name);
    }
  });

  it('never holds a key of the configuration, even where secrets may pass', () => {
    const env = environment({ policy: { ...policy, ignore_default_excludes: true }, keyNames: ['PLAIN'] });
    expect(env.MY_KEY).toBe('1');
    expect(env).not.toHaveProperty('PLAIN');
  });

  it('for a model is plain: no colours, no pager, a fixed locale, a real terminal only where there is one', () => {
    const env = environment({ reader: 'model', isTerminal: false });
    expect(env).toMatchObject({ NO_COLOR: '1', TERM: 'dumb', LC_ALL: 'C.UTF-8', PAGER: 'cat', CODEX_CI: '1' });
    expect(environment({ reader: 'model' }).TERM).toBe('xterm-256color');
  });

  it('says when the network is off, and who runs it', () => {
    expect(environment()).toMatchObject({
      CODEX_SANDBOX_NETWORK_DISABLED: '1',
      CODEX_SESSION_ID: 's',
      CODEX_TOOL_CALL_ID: 'c',
    });
    expect(environment({ networkIsOff: false })).not.toHaveProperty('CODEX_SANDBOX_NETWORK_DISABLED');
  });

  it('gives the certificate authorities back under their own name, and the folder before for `cd -`', () => {
    const env = environment({ previousFolder: '/before' });
    expect(env).toMatchObject({ NODE_EXTRA_CA_CERTS: '/ca.pem', OLDPWD: '/before' });
    expect(env).not.toHaveProperty('CODEX_EXTRA_CA');
  });

  it('starts with the core alone, or with nothing', () => {
    expect(Object.keys(environment({ policy: { ...policy, inherit: 'core' } }))).not.toContain('EDITOR');
    expect(environment({ policy: { ...policy, inherit: 'core' } }).HOME).toBe('/home/u');
    expect(environment({ policy: { ...policy, inherit: 'none' } })).not.toHaveProperty('PATH');
  });

  it('drops by pattern in any case, then adds, then keeps only what is listed', () => {
    const excluded = environment({ policy: { ...policy, exclude: ['edit*', 'PLAI?'], set: { EDITOR: 'ed' } } });
    expect(excluded.EDITOR).toBe('ed');
    expect(excluded).not.toHaveProperty('PLAIN');
    const listed = environment({ policy: { ...policy, include_only: ['P*', 'home'], set: { EXTRA: '1' } } });
    expect(listed).toMatchObject({ PATH: '/bin', HOME: '/home/u', PLAIN: '6' });
    expect(listed).not.toHaveProperty('EXTRA');
  });

  it('takes the signs of a pattern for themselves', () => {
    const odd = { 'A.B': '1', AxB: '2' };
    const env = environment({ base: odd, policy: { ...policy, exclude: ['A.B'] } });
    expect(env).toMatchObject({ AxB: '2' });
    expect(env).not.toHaveProperty('A.B');
  });
});
