// A second screen: attaches, folds what it hears, and shows the picture when the session has ended.

import { apply, emptyTranscript } from '../../../../src/core/bus/index.ts';
import { attach } from '../../../../src/core/ipc/client.ts';
import { pictured, UID, VERSION } from '../session.ts';

async function main(): Promise<void> {
  const attached = await attach(process.argv[2] ?? '', { uid: UID, version: VERSION, onDefect: () => process.exit(3) });
  if (!attached.ok) throw new Error(attached.problem.why);
  const transcript = emptyTranscript();
  let count = 0;
  attached.value.subscribe(1, (event) => {
    apply(transcript, event);
    count += 1;
    if (count === 1) process.stdout.write('attached\n');
    if (event.type === 'session.ended') process.stdout.write(`${count} ${pictured(transcript)}\n`);
  });
  const lost = await attached.value.lost;
  process.stdout.write(`${lost.kind}\n`);
}

main();
