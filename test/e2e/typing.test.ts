// When do keys go into a program? Questions, passwords, a program that takes the whole window.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

/** A line-by-line calculator, as an interpreter's prompt would be. */
const CALCULATOR = `#!/usr/bin/perl
$| = 1;
print ">>> ";
while (my $line = <STDIN>) { chomp $line; print eval($line), "\\n>>> "; }
print "bye\\n";
`;

/** An editor in miniature: alternate screen, raw mode, its size in the last row, \`q\` quits. */
const EDITOR = `#!/usr/bin/perl
$| = 1;
my $saved = \`stty -g\`; chomp $saved;
system "stty raw -echo";
my $typed = "";
sub draw {
  my ($rows, $cols) = split " ", \`stty size\`;
  print "\\e[H\\e[2J\\e[1;1Hediting: $typed\\e[\${rows};1Hsize \${cols}x\${rows}\\e[1;10H";
}
print "\\e[?1049h";
draw();
$SIG{WINCH} = sub { draw() };
while (1) {
  my $n = sysread(STDIN, my $key, 1);
  next unless $n;
  last if $key eq "q";
  $typed .= $key =~ /[ -~]/ ? $key : sprintf("<%02x>", ord $key);
  draw();
}
print "\\e[?1049l";
system "stty $saved";
print "saved: $typed\\n";
`;

describe('typing into a program', () => {
  it('goes there by itself when the program waits for a line, and Ctrl-] comes back while it stays', async () => {
    const program = tests.open();
    program.place.script('calculator', CALCULATOR);
    await program.ready();
    await program.enter('./calculator');
    await program.waitFor(/keys go to 1 \.\/calculator · Ctrl-\] comes back/);
    program.send('6*7\r');
    await program.waitFor(/^ {3}42$/m);
    program.send('\x1d');
    await program.waitFor((text) => !text.includes('keys go to'));
    program.send('mine');
    await program.waitForDraft('mine');
    expect(program.text()).toMatch(/^\S 1 \.\/calculator · /m);
    expect(program.text()).toContain('>>>');
    program.send('\x15');
    await program.waitForDraft('');
    // Tab selects its pane, i types, and Ctrl-D is the program's end of input, not ours.
    program.send('\t');
    await program.waitFor(() => !program.modes().cursorShown);
    program.send('i');
    await program.waitFor('keys go to 1');
    program.send('\x04');
    await program.waitForLine(/^✓ \.\/calculator · exit 0/);
    program.send('back');
    await program.waitForDraft('back');
  });

  it('a selected pane says which key types into it, not the one that selected it', async () => {
    const program = tests.open();
    program.place.script('calculator', CALCULATOR);
    await program.ready();
    await program.enter('./calculator');
    await program.waitFor('keys go to 1');
    program.send('\x1d');
    await program.waitFor('Tab to type into it');
    program.send('\t');
    await program.waitFor(() => !program.modes().cursorShown);
    await program.waitFor((text) => !text.includes('Tab to type into it'), 3000);
    expect(program.text()).toMatch(/(Enter|i) (to type|types)/);
  });

  it('stays with a message that is being typed: the pane says what would type into it', async () => {
    const program = tests.open();
    program.place.script('calculator', CALCULATOR);
    await program.ready();
    await program.enter(`${until('go')}; ./calculator`);
    await program.waitFor(/running/);
    program.send('a thought');
    await program.waitForDraft('a thought');
    program.letGo();
    await program.waitFor('waiting for input');
    await program.waitFor('Ctrl-X 1 to type into it');
    program.send(' goes on');
    await program.waitForDraft('a thought goes on');
  });

  it('a password is not shown, and is in neither record nor history', async () => {
    const program = tests.open();
    await program.ready();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    await program.enter('read -r -s -p "Password: " word; echo; echo "it has ${#word} letters"');
    await program.waitFor('keys go to 1');
    await program.waitFor('typing is hidden');
    program.send('hunter2-secret\r');
    await program.waitForLine(/^ {2}it has 14 letters$/);
    expect(program.bytes().toString()).not.toContain('hunter2');
    program.send('\x04');
    await program.exit;
    const written = readdirSync(program.place.codexHome, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(jsonl|json|txt|log|out)$/.test(name))
      .map((name) => readFileSync(path.join(program.place.codexHome, name), 'latin1'));
    expect(written.length).toBeGreaterThan(0);
    expect(written.join('')).not.toContain('hunter2');
  });

  it('an editor gets the whole window, hears of its size, and leaves composer and scrollback as they were', async () => {
    const program = tests.open();
    program.place.script('editor', EDITOR);
    await program.ready();
    await program.enter('echo above');
    await program.waitForLine(/^✓ echo above/);
    await program.enter('./editor');
    await program.waitFor('size 80x23');
    expect(program.modes().alternateScreen).toBe(true);
    program.send('hi\x03');
    await program.waitFor('editing: hi<03>');
    program.resize(60, 20);
    await program.waitFor('size 60x19');
    program.send('q');
    await program.waitForLine(/^✓ \.\/editor · exit 0/);
    expect(program.modes().alternateScreen).toBe(false);
    expect(program.history()).toContain('  above');
    expect(program.history()).toContain('  saved: hi<03>');
    program.send('after');
    await program.waitForDraft('after');
  });

  it('goes back to the message from a program on the whole screen that draws itself anew, and stays there', async () => {
    const program = tests.open();
    await program.ready();
    program.place.script(
      'full',
      "#!/bin/bash\ndraw() { echo drawn >> drawings; printf '\\e[?1049h\\e[2J\\e[Hwhole screen'; }\ntrap draw WINCH\ndraw\nwhile :; do sleep 0.02; done\n",
    );
    const drawings = (): number => readFileSync(path.join(program.place.workspace, 'drawings'), 'utf8').length;
    await program.enter('./full');
    await program.waitFor(/^whole screen/m);
    const before = drawings();
    program.send('\x1d');
    await program.waitFor('wants the whole screen');
    await eventually(() => drawings() > before, 'it draws itself anew');
    program.send('typed here');
    await program.waitForDraft('typed here');
    expect(program.text()).toMatch(/^shell · /m);
  });
});
