import { describe, expect, it } from 'vitest';
import {
  applyPolicy,
  commandVariables,
  DEFAULT_ENVIRONMENT_POLICY,
  resolveVariables,
  type Variables,
  type VariablesRequest,
} from '../../src/exec/index.ts';

interface Asked extends VariablesRequest {
  readonly inherited: Variables;
}

const commandEnvironment = ({ inherited, ...request }: Asked) => resolveVariables(inherited, commandVariables(request));

const PERSON: Asked = {
  inherited: {
    PATH: '/bin',
    LANG: 'de_DE.UTF-8',
    COLORTERM: 'truecolor',
    TERM: 'screen',
    COLUMNS: '80',
    TMUX: 'x',
    OPENAI_API_KEY: 'k',
    MY_TOKEN: 't',
  },
  policy: DEFAULT_ENVIRONMENT_POLICY,
  origin: 'person',
  isTerminal: true,
  hasNetwork: true,
  ownSecrets: ['OPENAI_API_KEY'],
};

describe('the environment of a command', () => {
  it('of a person is theirs, with the terminal it runs in', () => {
    expect(commandEnvironment(PERSON)).toEqual({
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      COLORTERM: 'truecolor',
      TERM: 'xterm-256color',
      MY_TOKEN: 't',
    });
  });

  it('of a model is the same everywhere, and says when there is no network', () => {
    expect(commandEnvironment({ ...PERSON, origin: 'model', hasNetwork: false })).toMatchObject({
      NO_COLOR: '1',
      TERM: 'dumb',
      LANG: 'C.UTF-8',
      COLORTERM: '',
      PAGER: 'cat',
      CODEX_SANDBOX_NETWORK_DISABLED: '1',
    });
  });

  it('never has our own secrets, whatever the policy says', () => {
    const policy = { ...DEFAULT_ENVIRONMENT_POLICY, set: { OPENAI_API_KEY: 'again' }, includeOnly: ['*'] };
    expect(commandEnvironment({ ...PERSON, policy })).not.toHaveProperty('OPENAI_API_KEY');
  });

  it('gets back the certificates that the launcher moved out of the way', () => {
    const inherited = { CODEX_EXTRA_CA: '/ca.pem', CODEX_SANDBOX_NETWORK_DISABLED: '1' };
    expect(commandEnvironment({ ...PERSON, inherited })).toEqual({
      NODE_EXTRA_CA_CERTS: '/ca.pem',
      TERM: 'xterm-256color',
    });
  });
});

describe('the policy', () => {
  const inherited = { PATH: '/bin', HOME: '/h', FOO1: '1', foo2: '2', API_KEY: 'k', KEYBOARD: 'de', MY_PASSWORD: 'p' };
  const apply = (policy: Partial<typeof DEFAULT_ENVIRONMENT_POLICY>) =>
    Object.keys(applyPolicy(inherited, { ...DEFAULT_ENVIRONMENT_POLICY, ...policy })).sort();

  it('applies its steps in order', () => {
    expect(apply({})).toEqual(Object.keys(inherited).sort());
    expect(apply({ inherit: 'core' })).toEqual(['HOME', 'PATH']);
    expect(apply({ inherit: 'none', set: { A: '1' } })).toEqual(['A']);
    expect(apply({ ignoreDefaultExcludes: false })).toEqual(['FOO1', 'HOME', 'MY_PASSWORD', 'PATH', 'foo2']);
    expect(apply({ exclude: ['foo?'], set: { FOO9: '9' } })).toContain('FOO9');
    expect(apply({ exclude: ['foo?'], set: { FOO9: '9' } })).not.toContain('foo2');
    expect(apply({ set: { ZED: '1' }, includeOnly: ['H*', 'z*'] })).toEqual(['HOME', 'ZED']);
  });
});
