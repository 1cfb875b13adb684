// The tool with which a model says what it intends to do, step by step, and how far it is.

import type { Result } from '../../problem/index.ts';
import type { FunctionTool } from '../agent/provider.ts';
import type { Json } from '../agent/response-item.ts';
import type { PlanStep } from '../bus/contract.ts';
import { type Arguments, argumentsOf, readArguments } from './tool-arguments.ts';

export const UPDATE_PLAN = 'update_plan';

const STATUSES = ['pending', 'in_progress', 'completed'] as const;

/** A plan is to be read at a glance; what is beyond that is refused, so that the model writes a shorter one. */
const MOST_STEPS = 50;
const LONGEST_STEP = 500;

export const updatePlanTool: FunctionTool = {
  type: 'function',
  name: UPDATE_PLAN,
  description:
    'Shows the person your plan: its steps in order and how far you are. Give the whole plan each time. At most one ' +
    'step is in_progress. Worth it for work of several steps only.',
  strict: false,
  parameters: {
    type: 'object',
    properties: {
      explanation: {
        type: 'string',
        description: 'Why the plan changed, in a sentence. Leave it out when it did not.',
      },
      plan: {
        type: 'array',
        description: 'The steps, in order.',
        items: {
          type: 'object',
          properties: {
            step: { type: 'string', description: 'What is done in this step, in a few words.' },
            status: { type: 'string', enum: [...STATUSES] },
          },
          required: ['step', 'status'],
          additionalProperties: false,
        },
      },
    },
    required: ['plan'],
    additionalProperties: false,
  },
};

export interface UpdatePlanCall {
  /** `''`: nothing was said. */
  readonly explanation: string;
  readonly steps: readonly PlanStep[];
}

export function parseUpdatePlan(text: string): Result<UpdatePlanCall> {
  const args = argumentsOf(UPDATE_PLAN, text);
  if (!args.ok) return args;
  const read = readArguments(UPDATE_PLAN, args.value);
  const explanation = read.text('explanation')?.trim() ?? '';
  const steps = stepsOf(args.value, read.refuse);
  if (steps.filter(({ status }) => status === 'in_progress').length > 1)
    read.refuse('at most one step can be in_progress.');
  return read.result(() => ({ explanation, steps }));
}

function stepsOf({ plan }: Arguments, refuse: (what: string) => void): readonly PlanStep[] {
  if (!Array.isArray(plan)) {
    refuse('plan, a list of steps, is missing.');
    return [];
  }
  if (plan.length > MOST_STEPS) refuse(`a plan has at most ${MOST_STEPS} steps; this one has ${plan.length}.`);
  return plan.slice(0, MOST_STEPS).flatMap((value: Json, index: number) => {
    const step = stepOf(value);
    if (step === null) refuse(`step ${index + 1} needs a text in step and one of ${STATUSES.join(', ')} in status.`);
    return step === null ? [] : [step];
  });
}

function stepOf(value: Json): PlanStep | null {
  if (typeof value !== 'object' || value === null || !('step' in value)) return null;
  const status = STATUSES.find((word) => word === value.status);
  if (typeof value.step !== 'string' || value.step.trim() === '' || status === undefined) return null;
  return { step: value.step.trim().slice(0, LONGEST_STEP), status };
}

/** What the model is told: there is nothing to say. */
export const PLAN_SHOWN = 'The person sees the plan.';
