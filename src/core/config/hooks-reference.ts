// The page about hooks: what a program is told, what it may answer, and what happens when it does neither.

export const HOOKS_PAGE = `## Hooks and \`notify\`

\`\`\`toml
notify = ["/usr/bin/python3", "/home/me/bin/tell-me.py"]

[[hooks.PreToolUse]]
matcher = "Bash"                        # a name, names with |, or a regular expression; unsaid: every tool

[[hooks.PreToolUse.hooks]]
type = "command"
command = "~/bin/may-it-run"            # a line for your shell (\`$SHELL -c\`)
timeout = 10                            # seconds; unsaid: 600
\`\`\`

They are taken from the system's file and your own, never from a project. Each runs in the folder of the session, in a
process group of its own, with your variables but for those that hold keys. 64 KiB of its output are read. When it has
ended, or its time is over, all of its group is killed.

\`notify\` is started without a shell, nobody waits for it, and after 60 seconds it is killed. Its last argument is a JSON
document: \`type\` (\`agent-turn-complete\` or \`approval-requested\`), \`thread-id\`, \`turn-id\`, \`cwd\`, \`client\`; when a turn has
ended also \`input-messages\` and \`last-assistant-message\`; when you are asked also \`tool-name\`, \`command\` and
\`reason\`. Long texts are cut.

The others get the document on their input: \`hook_event_name\`, \`session_id\`, \`turn_id\`, \`transcript_path\`, \`cwd\`,
\`model\`, \`permission_mode\`, and \`tool_name\`, \`tool_input\` (\`{ "command": … }\` for a command, whose tool is called
\`Bash\`), \`tool_use_id\`, or \`stop_hook_active\` and \`last_assistant_message\`.

A \`PreToolUse\` hook forbids with exit code 2, the reason on its error output, or with exit code 0 and
\`{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "…"}}\`
on its output. The model is told the reason. One that wants to change the command forbids it: that is not possible here.
Of several the first that forbids counts. As in codex-cli a hook that cannot be started, takes too long, crashes or
answers something else stops nothing: you are told once, and the command goes its usual way through the sandbox and
the questions. A hook is a further guard, not the only one.
`;
