import { describe, expect, it } from 'vitest';
import { proxyEnvironment } from '../../../src/core/network/index.ts';

describe('the environment of a command behind the proxy', () => {
  it('names the proxy in every spelling, upper case and lower case alike', () => {
    const variables = proxyEnvironment(43123, { socks: true });
    for (const name of [
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'http_proxy',
      'https_proxy',
      'npm_config_https_proxy',
      'PIP_PROXY',
    ]) {
      expect(variables[name]).toBe('http://127.0.0.1:43123');
    }
    for (const name of ['ALL_PROXY', 'all_proxy', 'FTP_PROXY', 'ftp_proxy']) {
      expect(variables[name]).toBe('socks5h://127.0.0.1:43123');
    }
    expect(variables).toMatchObject({
      NODE_USE_ENV_PROXY: '1',
      ELECTRON_GET_USE_PROXY: 'true',
      CODEX_NETWORK_PROXY_ACTIVE: '1',
      CODEX_NETWORK_ALLOW_LOCAL_BINDING: '0',
    });
  });

  it('names no SOCKS where there is none', () => {
    const variables = proxyEnvironment(3128, { socks: false });
    expect(Object.values(variables).join()).not.toContain('socks');
    expect(variables.ALL_PROXY).toBe('http://127.0.0.1:3128');
  });

  it('leaves the command its own loopback, and passes nothing else by the proxy', () => {
    const variables = proxyEnvironment(3128, { socks: true });
    for (const name of ['NO_PROXY', 'no_proxy', 'NPM_CONFIG_NOPROXY', 'npm_config_noproxy', 'BUNDLE_NO_PROXY']) {
      expect(variables[name]).toBe('localhost,127.0.0.1,::1');
    }
  });
});
