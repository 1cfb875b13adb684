// The tools a model has, one file each, and the words it is answered with.

export { type CommandAnswer, commandAnswer } from './answer.ts';
export { OUTPUT_TOKENS } from './call-bounds.ts';
export { commandVariables, type VariablesFacts } from './command-environment.ts';
export {
  type AskedFor,
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
  commandStoppedByPerson,
  endedForOthers,
  type RefusedRequest,
  refusalText,
  refusedByPerson,
  refusedByPolicy,
  sandboxUnavailable,
  stoppedByPerson,
} from './refusals.ts';
export { type ToolAnswer, textAnswer } from './tool-answer.ts';
export { PLAN_SHOWN, parseUpdatePlan, UPDATE_PLAN, updatePlanTool } from './update-plan.ts';
export { parseViewImage, VIEW_IMAGE, viewImageTool } from './view-image.ts';
export {
  closedStdin,
  INTERRUPT,
  parseWriteStdin,
  unknownSession,
  unknownTool,
  WRITE_STDIN,
  writeStdinTool,
} from './write-stdin.ts';
