// What a model is told before the first message: where it is, what it can do, and what it must not try.

import type { NamedProfile } from '../../sandbox/index.ts';
import type { NetworkState } from '../bus/contract.ts';
import { filesInWords } from './files-in-words.ts';

/** A machine that commands can run on, as a step finds it. */
export type MachineFacts =
  | {
      readonly name: string;
      readonly isPrimary: boolean;
      readonly state: 'ready';
      readonly cwd: string;
      /** The shell its commands run in, e.g. `/bin/bash`. */
      readonly shell: string;
    }
  | {
      readonly name: string;
      readonly isPrimary: boolean;
      readonly state: 'starting' | 'failed';
      /** `''` while it starts. */
      readonly why: string;
    };

export interface InstructionFacts {
  readonly machines: readonly MachineFacts[];
  /** The one in force. */
  readonly profile: NamedProfile;
  readonly network: NetworkState;
  /** False: nobody can be asked (approval policy never, or no person is there). */
  readonly canAsk: boolean;
  /** `2026-11-26`, where the person is. */
  readonly today: string;
}

const WORK = `You are a coding agent in a person's terminal. You work in their folder, with their tools, while they watch.

- Do what was asked, completely, and nothing beside it. Read before you change; keep to the style you find.
- Check your work by running it: the tests, the build, the program.
- Leave version control, configuration outside the folder and other people's processes alone unless asked.
- Your answers are read in a terminal: short, plain Markdown, no preamble. Say what you did, what you found, what is
  left. Name files as path:line.`;

const TOOLS = `Two tools run programs:

- exec_command starts a command in the person's shell. It answers when the command has ended, or after
  yield_time_ms with a session id while it goes on. Several calls in one response run side by side.
- write_stdin types into a running session (only one started with tty=true has an open stdin) or, with empty chars,
  waits for more output.

Change files with apply_patch: the person sees what changes, and all of it is done or nothing. For work of several
steps say with update_plan what you intend to do and how far you are.

The person sees every command live, and may type into it, stop it or move it to the background. Long output is cut in
the middle before it reaches you; the cut names the file that holds all of it. Prefer commands that print little.`;

const SANDBOX = `Commands run in a sandbox. What it allows is in the environment below; everything else is closed to a command and
to every program it starts, whoever owns the file.

- When the sandbox stops something, the person may be shown what it was and asked. You are told how it went.
- A refusal is final. Do not repeat the command, do not reach the same result by other means, and do not weaken the
  sandbox; carry on without it, or ask in your answer.
- "Not run" means that nothing happened. A command that fails without any word about the sandbox failed by itself.`;

const ASKING = `- When you know beforehand that a command needs more, ask for just that: with_additional_permissions and the paths, or
  the network, in additional_permissions. Ask for a run without the sandbox (require_escalated) only when nothing
  narrower would do. Either way give a justification that a person can judge in a second.`;

const NOT_ASKING = `- Nobody can be asked in this session: a command that asks to run without the sandbox is not started.`;

/** The instructions of a session. The same facts give the same text, so that a server's prompt cache can hold it. */
export function instructionsFor(facts: InstructionFacts): string {
  return [
    WORK,
    TOOLS,
    `${SANDBOX}\n${facts.canAsk ? ASKING : NOT_ASKING}`,
    ['<environment>', ...environmentLines(facts), '</environment>'].join('\n'),
    ...(facts.machines.length > 1 ? [machineList(facts.machines)] : []),
  ].join('\n\n');
}

function environmentLines({ machines, profile, network, today }: InstructionFacts): string[] {
  const primary = machines.find(({ isPrimary }) => isPrimary);
  const place =
    primary?.state === 'ready'
      ? [`cwd: ${primary.cwd}`, `shell: ${primary.shell}`]
      : ['No machine can run commands that name none.'];
  return [
    ...place,
    `profile: ${profile.name}`,
    ...filesInWords(profile.profile),
    `network: ${networkSentence(network)}`,
    `date: ${today}`,
  ];
}

function machineList(machines: readonly MachineFacts[]): string {
  return ['<environments>', ...machines.flatMap(machineLines), '</environments>'].join('\n');
}

function machineLines(machine: MachineFacts): string[] {
  const { name, isPrimary, state } = machine;
  const inside =
    state === 'ready'
      ? [`<cwd>${inXml(machine.cwd)}</cwd><shell>${inXml(machine.shell)}</shell>`]
      : [`<status>${state}</status>${machine.why === '' ? '' : `<error>${inXml(machine.why)}</error>`}`];
  return [`  <environment id="${name}" primary="${isPrimary}">${inside.join('')}</environment>`];
}

function inXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function networkSentence(network: InstructionFacts['network']): string {
  switch (network) {
    case 'restricted':
      return 'none (servers a command starts itself answer it on loopback)';
    case 'enabled':
      return 'the whole network of this machine';
    case 'proxied':
      return 'listed hosts only, through the proxy in HTTP_PROXY and ALL_PROXY';
    case 'external':
      return 'what the machine around gives; nothing here closes it';
    case 'unsandboxed':
      return 'no sandbox: commands can reach what the person can';
  }
}
