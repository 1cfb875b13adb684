// Makes docs/screen.svg: runs the built program in a real terminal, types into it, and draws what the terminal shows.

import { spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ReadStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const COLS = 84;
const ROWS = 27;

/** What is typed, and the text on the screen that must be there first. */
const SCENE = [
  { when: '? help', type: 'git init -q . && ls -a\r' },
  { when: /exit 0[\s\S]*\$\s/, type: 'for i in 1 2 3; do echo "step $i of 3"; sleep 0.1; done\r' },
  { when: /step 3 of 3[\s\S]*exit 0|exit 0[\s\S]*step 3 of 3/, type: 'echo "127.0.0.1 demo" >> /etc/hosts\r' },
  { when: 'Blocked', type: '\t' },
  { when: /Blocked[\s\S]*allow/, type: '' },
];

const home = mkdtempSync(path.join(tmpdir(), 'codex-screen-'));
const workspace = path.join(home, 'app');
mkdirSync(workspace);
const screen = await play();
rmSync(home, { recursive: true, force: true });
mkdirSync(path.join(root, 'docs'), { recursive: true });
writeFileSync(path.join(root, 'docs/screen.svg'), toSvg(screen));

async function play() {
  const { native } = require('node-pty');
  const { master, slave, pty } = native.open(COLS, ROWS);
  const own = openSync(pty, constants.O_RDWR | constants.O_NOCTTY);
  closeSync(slave);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    SHELL: '/bin/bash',
    COLORTERM: 'truecolor',
  };
  const child = spawn('setsid', ['-c', path.join(root, 'dist/codex.cjs')], {
    stdio: [own, own, own],
    cwd: workspace,
    env,
  });
  closeSync(own);
  const terminal = new xterm.Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true, scrollback: 200 });
  terminal.onData((answer) => writeSync(master, answer));
  const text = () =>
    rowsOf(terminal)
      .map((row) => row.map((cell) => cell.text).join(''))
      .join('\n');
  const stream = new ReadStream(master);
  let step = 0;
  await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`step ${step} never came; the screen:\n${text()}`)), 20_000);
    const look = () => {
      const next = SCENE[step];
      if (next === undefined) {
        clearTimeout(limit);
        return resolve();
      }
      const isThere = typeof next.when === 'string' ? text().includes(next.when) : next.when.test(text());
      if (!isThere) return;
      step += 1;
      if (next.type !== '') writeSync(master, next.type);
      else setImmediate(look);
    };
    stream.on('data', (bytes) => terminal.write(bytes, look));
    stream.on('error', () => {});
  });
  const rows = rowsOf(terminal);
  child.kill('SIGTERM');
  await new Promise((resolve) => child.on('exit', resolve));
  stream.destroy();
  return rows;
}

/** The visible cells, row by row. */
function rowsOf(terminal) {
  const buffer = terminal.buffer.active;
  return Array.from({ length: ROWS }, (_, y) => {
    const line = buffer.getLine(buffer.viewportY + y);
    const cells = [];
    for (let x = 0; line && x < COLS; x++) {
      const cell = line.getCell(x);
      if (cell.getWidth() === 0) continue;
      cells.push({
        text: cell.getChars() || ' ',
        width: cell.getWidth(),
        fg: colourOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
        bg: colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
        inverse: cell.isInverse() !== 0,
      });
    }
    return cells;
  });
}

function colourOf(isDefault, isRgb, value) {
  if (isDefault) return null;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  const basic = [
    '#2e3436',
    '#e06c75',
    '#98c379',
    '#e5c07b',
    '#61afef',
    '#c678dd',
    '#56b6c2',
    '#d0d0d0',
    '#7f848e',
    '#ff7b86',
    '#b5e08f',
    '#ffd68f',
    '#82c4ff',
    '#df9af5',
    '#7fd6e0',
    '#ffffff',
  ];
  if (value < 16) return basic[value];
  if (value >= 232) return `#${(8 + (value - 232) * 10).toString(16).padStart(2, '0').repeat(3)}`;
  const level = (n) => (n === 0 ? 0 : 55 + n * 40).toString(16).padStart(2, '0');
  const n = value - 16;
  return `#${level(Math.floor(n / 36))}${level(Math.floor(n / 6) % 6)}${level(n % 6)}`;
}

function toSvg(rows) {
  const [cellWidth, lineHeight, margin] = [8.4, 18, 14];
  const [ground, ink] = ['#1e2127', '#d7dae0'];
  const width = COLS * cellWidth + 2 * margin;
  const height = ROWS * lineHeight + 2 * margin;
  const parts = [];
  rows.forEach((cells, y) => {
    let x = 0;
    let run = null;
    const flush = () => {
      if (run !== null && run.text.trim() !== '') {
        parts.push(
          `<text x="${(margin + run.x * cellWidth).toFixed(1)}" y="${margin + (y + 0.75) * lineHeight}"${run.style}>${escapeXml(run.text)}</text>`,
        );
      }
      run = null;
    };
    for (const cell of cells) {
      const [fg, bg] = cell.inverse ? [cell.bg ?? ground, cell.fg ?? ink] : [cell.fg ?? ink, cell.bg];
      if (bg !== null) {
        parts.push(
          `<rect x="${(margin + x * cellWidth).toFixed(1)}" y="${margin + y * lineHeight}" width="${(cell.width * cellWidth).toFixed(1)}" height="${lineHeight}" fill="${bg}"/>`,
        );
      }
      const style = ` fill="${fg}"${cell.bold ? ' font-weight="bold"' : ''}${cell.dim ? ' opacity="0.6"' : ''}`;
      if (run === null || run.style !== style) {
        flush();
        run = { x, style, text: '' };
      }
      run.text += cell.text;
      x += cell.width;
    }
    flush();
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="codex in a terminal">
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">
${parts.join('\n')}
</g>
</svg>
`;
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
