// The front ends without a screen.

export { openAnswerFile } from './answer-file.ts';
export type {
  ConfigFlags,
  Invocation,
  NamedResume,
  Resume,
  SessionFlags,
  SessionIds,
  UnwatchedInvocation,
} from './arguments.ts';
export { type DoctorSection, doctorJson, doctorText, isHealthy } from './doctor.ts';
export type { ExecInvocation, ExecTask } from './exec-arguments.ts';
export { execLook } from './exec-look.ts';
export { readPrompt } from './exec-prompt.ts';
export type { LoginInvocation } from './login-arguments.ts';
export type { AddedServer, McpInvocation } from './mcp-arguments.ts';
export { type McpServing, serveMcp } from './mcp-server/serve.ts';
export type { OpenedThread } from './mcp-server/thread.ts';
export type { NewSession } from './mcp-server/tools.ts';
export { reviewPrompt } from './review-prompt.ts';
export { runExec } from './run-exec.ts';
export { relaySandboxed } from './sandboxed.ts';
export { askSecret } from './secret-prompt.ts';
