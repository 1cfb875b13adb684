// Builds dist/: codex.cjs (first frame; sh and CommonJS in one file), main.cjs behind it, exec.cjs for what needs no
// screen, and the libraries that are loaded at first use, each in a file of its own.

import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

/** Loaded at first use, never before the first frame: `import('conf')` becomes `require('./lib/conf.cjs')`. */
const LAZY = {
  conf: 'conf',
  diff: 'diff',
  openai: 'openai',
  '@opentelemetry/api': 'opentelemetry-api',
  '@xterm/headless': 'xterm-headless',
  '@xterm/addon-unicode11': 'xterm-unicode11',
  ws: 'ws',
};

/** Parts of our own that few sessions need: the same, for `import('../network/index.ts')`. The last three are programs. */
const LAZY_PARTS = {
  network: 'src/core/network/index.ts',
  rules: 'src/core/rules/index.ts',
  mcp: 'src/core/mcp/index.ts',
  arguments: 'src/ui/cli/arguments.ts',
  'mcp-protocol': 'src/ui/cli/mcp-server/mcp-protocol.ts',
  'exec-server': 'src/exec-server-command.ts',
  'file-helper': 'src/exec/files/helper-main.ts',
  'side-reader': 'src/exec/engine/side-reader-main.ts',
  'file-thread': 'src/core/files/file-thread-main.ts',
};

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // `import()` of a library becomes a require: its names are those of the file, as with the sources.
  supported: { 'dynamic-import': false },
  format: 'cjs',
  minify: true,
  keepNames: false,
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', __CODEX_VERSION__: JSON.stringify(version) },
  external: ['node-pty', 'node-pty-prebuilt'],
  logLevel: 'warning',
  // One file finds packages from sources and from the bundle: in the bundle it has a file name instead.
  logOverride: { 'empty-import-meta': 'silent' },
  absWorkingDir: root,
};

/** Points each lazy library at its own file: `folder` is where those are, seen from the bundle. */
const lazyLibraries = (folder, own = []) => ({
  name: 'lazy-libraries',
  setup({ onResolve }) {
    const names = Object.keys(LAZY).filter((name) => !own.includes(name));
    const pattern = names.map((name) => name.replace(/[/\\^$*+?.()|[\]{}]/g, '\\$&')).join('|');
    onResolve({ filter: new RegExp(`^(${pattern})$`) }, ({ path: name }) => ({
      path: `${folder}/${LAZY[name]}.cjs`,
      external: true,
    }));
    onResolve(
      { filter: /\/(network|rules|mcp)\/index\.ts$|\/(arguments|exec-server-command|mcp-protocol)\.ts$/ },
      ({ path: name, kind }) => {
        if (kind !== 'dynamic-import') return null;
        const part = Object.keys(LAZY_PARTS).find((it) => LAZY_PARTS[it].endsWith(name.replace(/^\.+\//, '/')));
        return { path: `${folder}/${part}.cjs`, external: true };
      },
    );
  },
});

/**
 * Ink's layout engine and reconciler use top-level await, which CommonJS has not. The engine's entry becomes one that
 * fills itself when `loadYoga` is awaited before the first render; the developer tools are left out.
 */
const inkAsCommonJs = {
  name: 'ink-as-commonjs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'devtools', namespace: 'empty' }));
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
      contents: 'export default { initialize() {}, connectToDevTools() {} };',
    }));

    onResolve({ filter: /^yoga-layout$/ }, () => ({ path: 'yoga-layout', namespace: 'yoga', pluginData: null }));
    onLoad({ filter: /.*/, namespace: 'yoga' }, () => ({
      contents: `
        import { loadYoga } from 'yoga-layout/load';
        export * from 'yoga-layout/load';
        let Yoga;
        export async function initYoga() {
          const hidden = globalThis.fetch;
          // The loader hands its own data: URL to fetch, whose first use loads an HTTP client for 20 ms.
          globalThis.fetch = undefined;
          try { Yoga = await loadYoga(); } finally { globalThis.fetch = hidden; }
        }
        export { Yoga as default };`,
      resolveDir: path.dirname(require.resolve('ink')),
    }));

    onLoad({ filter: /ink[\\/]build[\\/]reconciler\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const contents = source
        .replace("await import('./devtools.js');", '')
        .replace('? await loadPackageJson()', "? { name: 'ink', version: '' }");
      return { contents, loader: 'js' };
    });
  },
};

/**
 * The server has neither a client nor compression of WebSockets, for which `ws` would load TLS and zlib: each megabyte
 * is paid for with every fork.
 */
const webSocketServerAlone = {
  name: 'web-socket-server-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(https|tls|zlib)$/ }, ({ importer }) =>
      /[\\/]ws[\\/]lib[\\/]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Makes one file valid as sh and as CommonJS. The head answers --version and hides a variable that costs 30 ms. */
const head = [
  '#!/bin/sh',
  `':' //; [ "$#" = 1 ] && case "$1" in --version|-V) echo "codex ${version}"; exit 0;; esac`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  '\':\' //; [ -z "${NODE_EXTRA_CA_CERTS-}" ] || export CODEX_EXTRA_CA="$NODE_EXTRA_CA_CERTS"; unset NODE_EXTRA_CA_CERTS',
  // A small young generation keeps the server's memory small, and each fork copies the tables of all of it.
  '\':\' //; [ "$1" != exec-server ] || exec node --max-semi-space-size=1 --single-threaded-gc "$0" "$@"',
  '\':\' //; exec node "$0" "$@"',
  '',
].join('\n');

const out = (...names) => path.join(root, 'dist', ...names);
await rm(out(), { recursive: true, force: true });
await mkdir(out('lib'), { recursive: true });
await Promise.all([
  build({
    ...shared,
    entryPoints: ['src/main.ts'],
    outfile: out('main.cjs'),
    plugins: [lazyLibraries('./lib'), inkAsCommonJs],
  }),
  build({
    ...shared,
    entryPoints: ['src/exec-main.ts'],
    outfile: out('exec.cjs'),
    plugins: [lazyLibraries('./lib')],
  }),
  ...Object.entries(LAZY_PARTS).map(([name, entry]) =>
    build({
      ...shared,
      entryPoints: [entry],
      outfile: out('lib', `${name}.cjs`),
      plugins: name === 'exec-server' ? [lazyLibraries('.', ['ws']), webSocketServerAlone] : [lazyLibraries('.')],
    }),
  ),
  ...Object.entries(LAZY).map(([name, file]) =>
    build({
      ...shared,
      // A library whose only export is its default becomes that default, as Node's own interop has it.
      stdin: {
        contents: `const library = require('${name}'); const names = Object.keys(library);
          module.exports = names.length === 1 && names[0] === 'default' ? library.default : library;`,
        resolveDir: root,
      },
      outfile: out('lib', `${file}.cjs`),
    }),
  ),
]);
// Compiled code is kept for one build: the entry knows which.
const id = createHash('sha256')
  .update(await readFile(out('main.cjs')))
  .update(await readFile(out('exec.cjs')))
  .digest('hex')
  .slice(0, 16);
await build({
  ...shared,
  entryPoints: ['src/entry.ts'],
  outfile: out('codex.cjs'),
  plugins: [lazyLibraries('./lib')],
  define: { ...shared.define, __CODEX_BUILD__: JSON.stringify(id) },
});
await writeFile(out('codex.cjs'), head + (await readFile(out('codex.cjs'), 'utf8')));
await chmod(out('codex.cjs'), 0o755);
