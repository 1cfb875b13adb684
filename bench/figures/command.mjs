// One sandboxed command, from the model's call to its answer, against the bare bubblewrap with the same argv.

import { openBareCommands } from '../lab/bare-commands.mjs';
import { openConversation } from '../lab/conversation.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';

const ROUNDS = 30;
const COMMAND = 'true';
const KINDS = ['pipe', 'pty'];
/** What starting through the engine may cost on top of the bare start of the same sandbox. */
const ENGINE_GOALS = { pipe: 1.1, pty: 1.35 };

export async function command({ place, say }) {
  const conversation = await openConversation(place);
  const commands = await openBareCommands(place, conversation);
  const contestants = Object.fromEntries(
    KINDS.flatMap((stdio) => [
      [`${stdio} floor`, async () => (await commands.bare(COMMAND, stdio)).ms],
      [`${stdio} engine`, async () => (await commands.throughEngine(COMMAND, stdio)).ms],
      [
        `${stdio} ours`,
        async () => {
          const ms = await conversation.call(COMMAND, stdio === 'pty');
          // Its painting would otherwise be the next contestant's.
          await conversation.settled();
          return ms;
        },
      ],
    ]),
  );
  const results = await onSteadyFloor(
    () => inTurns(contestants, ROUNDS),
    (all) => all['pipe floor'],
    say,
  );
  await commands.end();
  await conversation.end();
  return KINDS.flatMap((stdio) => {
    const floor = results[`${stdio} floor`];
    const floorName = 'bare bwrap, same argv';
    const where = stdio === 'pty' ? 'terminal' : 'pipes';
    return [
      { name: `call to answer, ${where}`, unit: 'ms', ours: results[`${stdio} ours`], floor, floorName, goal: 1.6 },
      {
        name: `engine alone, ${where}`,
        unit: 'ms',
        ours: results[`${stdio} engine`],
        floor,
        floorName,
        goal: ENGINE_GOALS[stdio],
      },
    ];
  });
}
