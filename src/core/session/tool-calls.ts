// The tools a model has in this session: what it is told of them, and who carries out a call.

import { type Problem, problemText } from '../../problem/index.ts';
import type { ToolSchema } from '../agent/index.ts';
import type { Questions } from '../approvals/questions.ts';
import type { EventBody, Origin } from '../bus/contract.ts';
import type { EnvironmentStep } from '../environments/index.ts';
import { APPLY_PATCH, applyPatchTool } from '../patch/index.ts';
import {
  EXEC_COMMAND,
  execCommandTool,
  PLAN_SHOWN,
  parseUpdatePlan,
  type ToolAnswer,
  textAnswer,
  UPDATE_PLAN,
  unknownTool,
  updatePlanTool,
  VIEW_IMAGE,
  viewImageTool,
  WRITE_STDIN,
  writeStdinTool,
} from '../tools/index.ts';
import { openCommandCalls, stoppedBefore } from './command-calls.ts';
import { type ImageSurroundings, openImageCalls } from './image-calls.ts';
import { type McpSurroundings, openMcpCalls } from './mcp-calls.ts';
import { openPatchCalls } from './patch-calls.ts';
import { openProcessAnswers, type ProcessAnswers } from './process-answers.ts';

export interface ToolSurroundings extends ImageSurroundings, McpSurroundings {
  /** Whether a model may look at pictures. */
  readonly showsImages: boolean;
  readonly emit: (event: EventBody) => void;
  readonly questions: Questions;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly turn: string;
  readonly origin: Origin;
  /** The machines as the step that makes the call sees them. */
  readonly step: EnvironmentStep;
  readonly signal: AbortSignal;
}

export interface ToolCalls {
  /** Why a turn cannot go on as it is configured to; null: it can. */
  missing(signal: AbortSignal): Promise<Problem | null>;
  /** The tools that are there now. `hasChoice`: there are several machines. */
  schemas(hasChoice: boolean, signal: AbortSignal): Promise<readonly ToolSchema[]>;
  /** The answer of one call. Never rejects: what goes wrong is an answer too. */
  run(call: ToolCall): Promise<ToolAnswer>;
  /** What a model has running, by its session ids. */
  readonly answers: ProcessAnswers;
}

export function openToolCalls(around: ToolSurroundings): ToolCalls {
  const answers = openProcessAnswers(around.questions, around.profile.name);
  const commands = openCommandCalls(around, answers);
  const patches = openPatchCalls(around, answers);
  const servers = openMcpCalls(around, answers);

  const tools = new Map<string, (call: ToolCall) => ToolAnswer | Promise<ToolAnswer>>([
    [EXEC_COMMAND, (call) => (call.origin === 'model' ? patches.typed(call) : null) ?? commands.exec(call)],
    [WRITE_STDIN, commands.writeStdin],
    [APPLY_PATCH, patches.call],
    [UPDATE_PLAN, updatePlan],
    ...(around.showsImages ? ([[VIEW_IMAGE, openImageCalls(around)]] as const) : []),
  ]);

  function updatePlan(call: ToolCall): ToolAnswer {
    const parsed = parseUpdatePlan(call.arguments);
    if (!parsed.ok) return refused(parsed.problem);
    const { explanation, steps } = parsed.value;
    around.emit({ type: 'plan.updated', turn: call.turn, explanation, steps: [...steps] });
    return textAnswer(PLAN_SHOWN);
  }

  return {
    answers,
    missing: servers.missing,
    schemas: async (hasChoice, signal) => [
      execCommandTool(hasChoice),
      writeStdinTool,
      applyPatchTool(hasChoice),
      updatePlanTool,
      ...(around.showsImages ? [viewImageTool] : []),
      ...(await servers.schemas(signal)),
    ],
    async run(call) {
      // The person was quicker than the call: what they stopped must not begin.
      if (call.signal.aborted) return refused(stoppedBefore());
      const tool = tools.get(call.name);
      if (tool !== undefined) return tool(call);
      return servers.run(call) ?? refused(unknownTool(call.name, [...tools.keys(), ...servers.besides(call.name)]));
    },
  };
}

function refused(problem: Problem): ToolAnswer {
  return textAnswer(problemText(problem));
}
