// The page about profiles of a person's own: their tables are read in `src/sandbox/profile`, not by the table of settings.

export const PROFILE_PAGE = `## \`[permissions.NAME]\`

A profile of your own, in force when \`default_permissions = "NAME"\` says so, or for one command with
\`codex sandbox -P NAME\`. What is wrong in it is reported with its line, and the profile is not in force.

\`\`\`toml
default_permissions = "dev"

[permissions.dev]
extends = ":workspace"                  # or another profile; its own lines win

[permissions.dev.workspace_roots]
"/srv/second" = true                    # a further folder to work in

[permissions.dev.filesystem]
"~/.cache/pip" = "write"
"/etc/shadow" = "deny"
"/opt/**/*.pem" = "deny"

[permissions.dev.filesystem.":workspace_roots"]   # below each folder you work in
"docs" = "read"
"**/*.env" = "deny"

[permissions.dev.network]
domains = { "example.com" = "allow", "*.example.org" = "allow", "bad.example.org" = "deny" }
unix_sockets = { "/run/docker.sock" = "allow" }
local_ports = { "5432" = "allow" }
\`\`\`

| key | value | meaning |
|---|---|---|
| \`extends\` | \`":read-only" \\| ":workspace"\`, or a profile of yours | What counts where this one says nothing. |
| \`workspace_roots\` | table of folders, \`true \\| false\` | Further folders that may be written. |
| \`filesystem\` | table of places, \`"read" \\| "write" \\| "deny"\` | A place is an absolute path, \`~/…\`, \`:root\` (everything), \`:minimal\` (what programs need to run), \`:workspace_roots\`, \`:tmpdir\` or \`:slash_tmp\`. Of several that hold a path the longest wins. Without \`:root\` nothing is there that is not listed. A pattern (\`*\`, \`**\`, \`?\`, \`[…]\`) can only be \`deny\`; on Linux it closes the files that are there when a command starts, on macOS later ones too. |
| \`filesystem.glob_scan_max_depth\` | whole number, at least 1 | How many folders deep patterns are searched on Linux. |
| \`network.enabled\` | \`true \\| false\` | The network of this machine, as far as \`domains\` does not narrow it. |
| \`network.domains\` | table of hosts, \`"allow" \\| "deny"\` | Commands reach these hosts through a proxy of this program, and nothing else. \`*.host\`: below it. \`**.host\`: it and below. \`*\`: all. |
| \`network.mode\` | \`"full" \\| "limited"\` | \`limited\`: only plain requests that fetch. |
| \`network.local_ports\` | table of ports, \`"allow" \\| "deny"\` | Servers on the loopback of this machine that commands reach at \`localhost:PORT\`: those that listen when a command starts. |
| \`network.unix_sockets\` | table of paths, \`"allow" \\| "deny"\` | Sockets, or folders of sockets, that may be reached; all others are closed. |
| \`network.allow_unix_sockets\` | list of paths | The older way to say it. |
| \`network.dangerously_allow_all_unix_sockets\` | \`true \\| false\` | No socket is closed. |
| \`network.enable_socks5\` | \`true \\| false\` | The proxy speaks SOCKS5 too (unsaid: yes). |
| \`network.allow_upstream_proxy\` | \`true \\| false\` | It goes out through the proxy in your own environment (unsaid: yes). |
| \`network.allow_local_binding\` | \`true \\| false\` | Servers on the loopback of the machine (unsaid: no). On Linux a command has a loopback of its own, where its servers always work. |

\`proxy_url\` and \`socks_url\` have no effect, because each command is told a port of its own. \`enable_socks5_udp\`,
\`dangerously_allow_non_loopback_proxy\` and \`mitm\` are refused when they are switched on.
`;
