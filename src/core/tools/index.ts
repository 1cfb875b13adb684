// The tools a model has, one file each, and the words it is answered with.

export { type AnswerOutput, type CommandAnswer, commandAnswer } from './answer.ts';
export { type CommandEnvironmentFacts, commandEnvironment } from './command-environment.ts';
export {
  type Escalation,
  type ExecCommandCall,
  execCommandTool,
  missingShell,
  missingWorkdir,
  parseExecCommand,
} from './exec-command.ts';
export {
  accessInWords,
  allowedAfterBlock,
  blockedBySandbox,
  forbiddenByRule,
  type Refusal,
  type RefusedRequest,
  refusalText,
  refusedByPerson,
  refusedByPolicy,
  sandboxUnavailable,
  stoppedByPerson,
} from './refusals.ts';
export {
  closedStdin,
  INTERRUPT,
  parseWriteStdin,
  unknownSession,
  unknownTool,
  type WriteStdinCall,
  writeStdinTool,
} from './write-stdin.ts';
