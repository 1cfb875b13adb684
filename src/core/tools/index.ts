// The tools a model has, one file each, and the words it is answered with.

export { type CommandAnswer, commandAnswer } from './answer.ts';
export { commandVariables, type VariablesFacts } from './command-environment.ts';
export {
  EXEC_COMMAND,
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
  WRITE_STDIN,
  writeStdinTool,
} from './write-stdin.ts';
