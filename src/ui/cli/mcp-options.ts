// The rows of the table of subcommands that are about MCP servers.

import type { Option, Subcommand } from './subcommands.ts';

const JSON_OPTION: Option = { name: 'json', value: null, text: 'the same as JSON' };

/** The ways to become a client that is known: there is one, so this says nothing new. */
const REGISTRATION: Option = {
  name: 'oauth-client-registration',
  value: 'HOW',
  choices: ['auto', 'dcr'],
  text: null,
};

export function mcpSubcommand(config: readonly Option[]): Subcommand {
  return {
    name: 'mcp',
    operands: '',
    text: 'the MCP servers whose tools a model gets',
    options: config,
    subcommands: [
      { name: 'list', operands: '', text: 'all of them', options: [JSON_OPTION, ...config] },
      { name: 'get', operands: 'NAME', text: 'one of them', options: [JSON_OPTION, ...config] },
      {
        name: 'add',
        operands: 'NAME (--url URL | -- COMMAND [ARGUMENT...])',
        text: 'write one into config.toml; it takes the place of one of that name',
        options: [
          {
            name: 'env',
            value: 'KEY=VALUE',
            isRepeated: true,
            text: 'a variable that COMMAND gets; as often as needed',
          },
          { name: 'url', value: 'URL', text: 'address of a server that speaks streamable HTTP' },
          { name: 'bearer-token-env-var', value: 'NAME', text: 'variable that holds its bearer token' },
          { name: 'oauth-client-id', value: 'ID', text: 'a client that is registered there already' },
          {
            name: 'oauth-client-secret',
            value: 'SECRET',
            text: 'its secret; - reads it from stdin, where nobody sees it in ps',
          },
          { name: 'oauth-resource', value: 'RESOURCE', text: 'the resource that the login asks for' },
          REGISTRATION,
          ...config,
        ],
      },
      { name: 'remove', operands: 'NAME', text: 'take one out of config.toml', options: [...config] },
      {
        name: 'login',
        operands: 'NAME',
        text: 'log in to one that wants it, in a browser',
        options: [
          { name: 'scopes', value: 'SCOPE,SCOPE', text: 'what to ask for, instead of the configured scopes' },
          { name: 'no-browser', value: null, text: 'only print the address' },
          REGISTRATION,
          ...config,
        ],
      },
      { name: 'logout', operands: 'NAME', text: 'forget the login', options: [...config] },
    ],
  };
}
