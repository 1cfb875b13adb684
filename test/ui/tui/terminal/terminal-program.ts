// A small program on top of the terminal room, for tests that need a whole process: it echoes what is typed, prints
// what is entered, and leaves, fails, or opens a view when told to. Bundled by the tests, never imported.

import { createInputParser, nameOfKey } from '../../../../src/ui/tui/input/parser.ts';
import { realClock } from '../../../../src/ui/tui/terminal/clock.ts';
import { openFrameWriter } from '../../../../src/ui/tui/terminal/frame-writer.ts';
import { openJobControl } from '../../../../src/ui/tui/terminal/job-control.ts';
import { afterReply, viewOff, viewOn } from '../../../../src/ui/tui/terminal/modes.ts';
import { holdTerminal, restoreOnExit } from '../../../../src/ui/tui/terminal/restore.ts';
import { windowSizeOf } from '../../../../src/ui/tui/terminal/tty.ts';

let typed = '';
const frame = () => ({
  rows: ['region', `> ${typed}`, 'keys: enter q x v'],
  cursor: { row: 1, col: 2 + typed.length },
});
const writer = openFrameWriter({
  fd: 1,
  size: () => windowSizeOf(process.stdout),
  clock: realClock,
  onSettled: () => writer.frame(frame()),
});
const hold = holdTerminal(process.stdin, writer, realClock);
restoreOnExit(hold);
const parser = createInputParser();
const jobs = openJobControl({
  hold,
  writer,
  clock: realClock,
  notice: 'suspended; fg continues',
  input: process.stdin,
});

process.on('SIGTERM', () => {
  hold.restore(['ended by SIGTERM']);
  process.exit(143);
});
process.on('uncaughtException', (error) => {
  hold.restore([`crashed: ${error.message}`]);
  process.exit(70);
});
process.on('SIGWINCH', () => writer.sizeMayHaveChanged());

hold.take();
writer.frame(frame());

process.stdin.on('data', (bytes: Buffer) => {
  for (const event of parser.feed(bytes, realClock.now())) {
    if (event.kind === 'reply') {
      if (event.reply.kind === 'status') writer.acknowledged();
      else hold.apply(afterReply(hold.modes, event.reply, process.env.TERM ?? ''));
      continue;
    }
    if (event.kind !== 'key') continue;
    const name = nameOfKey(event);
    if (name === 'ctrl-z') {
      if (!jobs.suspend()) writer.print(['no shell to return to']);
    } else if (name === 'enter') {
      if (typed === 'quit') {
        void hold.whenQuiet().then(() => {
          hold.restore(['left']);
          process.exit(0);
        });
        return;
      }
      if (typed === 'crash') throw new Error('as asked');
      if (typed === 'exit') process.exit(3);
      if (typed === 'view') {
        const step = viewOn(hold.modes);
        writer.enterView(step.bytes);
        hold.apply({ ...step, bytes: '' });
        writer.view({ rows: ['the view'], cursor: null });
      } else writer.print([`entered ${typed}`]);
      typed = '';
    } else if (name === 'esc' && hold.modes.isInView) {
      const step = viewOff(hold.modes);
      writer.leaveView(step.bytes);
      hold.apply({ ...step, bytes: '' });
    } else if (event.text !== '') {
      typed += event.text;
      if (writer.echo(event.text)) continue;
    }
    writer.frame(frame(), 'echo');
  }
});
