// What a command is told so that its programs use the proxy: every spelling some program reads.

const HTTP_VARIABLES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'http_proxy',
  'https_proxy',
  'WS_PROXY',
  'WSS_PROXY',
  'ws_proxy',
  'wss_proxy',
  'NPM_CONFIG_PROXY',
  'NPM_CONFIG_HTTP_PROXY',
  'NPM_CONFIG_HTTPS_PROXY',
  'npm_config_proxy',
  'npm_config_http_proxy',
  'npm_config_https_proxy',
  'YARN_HTTP_PROXY',
  'YARN_HTTPS_PROXY',
  'BUNDLE_HTTP_PROXY',
  'BUNDLE_HTTPS_PROXY',
  'PIP_PROXY',
  'DOCKER_HTTP_PROXY',
  'DOCKER_HTTPS_PROXY',
];

const ANY_PROTOCOL_VARIABLES = ['ALL_PROXY', 'all_proxy', 'FTP_PROXY', 'ftp_proxy'];

const EXCEPTION_VARIABLES = ['NO_PROXY', 'no_proxy', 'NPM_CONFIG_NOPROXY', 'npm_config_noproxy', 'BUNDLE_NO_PROXY'];

/**
 * Loopback is the command's own: without these a test would ask the proxy for the server it has just started, and the
 * proxy would look for it on the host. It opens nothing: behind this loopback is only what the commands themselves
 * started. Nothing else may pass by the proxy, so whatever the person's own variables list is replaced.
 */
const OWN_LOOPBACK = 'localhost,127.0.0.1,::1';

/** The variables of a command whose proxy listens on `port` of its own loopback. One port speaks both protocols. */
export function proxyEnvironment(port: number, { socks }: { readonly socks: boolean }): Record<string, string> {
  const http = `http://127.0.0.1:${port}`;
  // socks5h: the proxy resolves names. In the command's own namespace no name resolves.
  const anyProtocol = socks ? `socks5h://127.0.0.1:${port}` : http;
  return {
    ...Object.fromEntries(HTTP_VARIABLES.map((name) => [name, http])),
    ...Object.fromEntries(ANY_PROTOCOL_VARIABLES.map((name) => [name, anyProtocol])),
    ...Object.fromEntries(EXCEPTION_VARIABLES.map((name) => [name, OWN_LOOPBACK])),
    NODE_USE_ENV_PROXY: '1',
    ELECTRON_GET_USE_PROXY: 'true',
    CODEX_NETWORK_PROXY_ACTIVE: '1',
    // Scripts ask this to know whether the proxy leads to the host's loopback and private networks: it does not.
    CODEX_NETWORK_ALLOW_LOCAL_BINDING: '0',
  };
}
