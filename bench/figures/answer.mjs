// 8,000 tokens of Markdown in 4 s: what does it cost to show them, and how late is the last line?

import { programPath } from '../lab/child.mjs';
import { configFor, openModel, peerConfigFor } from '../lab/model.mjs';
import { familyOf, secondsBetween, threadTimes } from '../lab/processes.mjs';
import { inTurns } from '../lab/rounds.mjs';
import { openTerminal, sleep } from '../lab/terminal.mjs';
import { LAST_WORDS, piecesOf, writtenAnswer } from '../lab/written-answer.mjs';

const ROUNDS = 3;
const ANSWER_MS = 4_000;
/** Behind the first frame the rest of a program is loaded. */
const READY_MS = 1_500;
/** A peer looks around for longer, and takes no message meanwhile. */
const PEER_READY_MS = 7_000;
const SETTLED_MS = 300;

export async function answer({ place, peer }) {
  const pieces = piecesOf(writtenAnswer());
  const run = async (open, readyMs = READY_MS) => {
    const model = await openModel();
    const terminal = open(model);
    await terminal.firstFrame();
    await sleep(readyMs);
    terminal.send('go');
    // Letters and Enter at once are a paste to some.
    await sleep(SETTLED_MS);
    terminal.send('\r');
    await model.asked();
    // Who shows that it works is never quiet.
    await sleep(SETTLED_MS);
    const family = () => familyOf(terminal.pid);
    const [times, bytes] = [threadTimes(family()), terminal.bytes()];
    const { endedAt } = await model.write(pieces, ANSWER_MS);
    const seenAt = terminal.startedAt + (await terminal.sees(LAST_WORDS));
    await sleep(SETTLED_MS);
    const result = {
      cpu: secondsBetween(times, threadTimes(family())),
      kilobytes: (terminal.bytes() - bytes) / 1000,
      lag: Math.max(0, performance.timeOrigin + seenAt - endedAt),
    };
    await terminal.end();
    await model.end();
    return result;
  };
  const results = await inTurns(
    {
      floor: () => {
        const { env, workspace: cwd } = place.openHome('');
        return run(({ url }) => openTerminal({ argv: ['node', programPath('bare-answer.cjs'), url], env, cwd }));
      },
      ours: () =>
        run(({ url }) => {
          const { env, workspace: cwd } = place.openHome(configFor(url));
          return openTerminal({ argv: [place.program], env, cwd });
        }),
      ...(peer === null
        ? {}
        : {
            peer: () =>
              run(({ url }) => {
                const { env, workspace: cwd, codexHome } = place.openHome(peerConfigFor(url));
                return openTerminal({ argv: [peer.binary], env: { ...env, CODEX_HOME: codexHome }, cwd });
              }, PEER_READY_MS),
          }),
    },
    ROUNDS,
    1,
  );
  const row = (name, unit, key, more) => ({
    name,
    unit,
    ours: results.ours.map((result) => result[key]),
    ...(results.peer === undefined ? {} : { peer: results.peer.map((result) => result[key]) }),
    ...more,
  });
  const floor = (key) => ({ floor: results.floor.map((result) => result[key]), floorName: 'Node, raw text' });
  return [
    row('8,000 tokens of Markdown, CPU', 's', 'cpu', { ...floor('cpu'), goal: 4, peerGoal: 0.25 }),
    row('the same, to the terminal', 'kB', 'kilobytes', { ...floor('kilobytes'), goal: 4, peerGoal: 0.5 }),
    { name: 'the same, lag of the last line', unit: 'ms', ours: results.ours.map(({ lag }) => lag), limit: 60 },
  ];
}
