// The engine alone: a command from `start` to `closed`, without a screen, a record or a model. Also gives its plan.

const bundle = process.argv[2];
const { openLocalEnvironment, bindProfile, builtInProfile, probeHost, planLaunch } = require(bundle);

let environment = null;

process.on('message', (told) => {
  answer(told).then(
    (result) => process.send(result),
    (error) => process.send({ failed: String(error.stack) }),
  );
});

async function answer(told) {
  const context = {
    workspaceRoots: [told.cwd],
    home: '/nonexistent',
    tmpdir: null,
    codexHome: told.codexHome,
    runtimeFolders: [],
  };
  const profile = must(bindProfile(builtInProfile(':workspace'), [], context));
  if (told.kind === 'filter') {
    const probe = await probeHost({ path: process.env.PATH, writableRoots: [told.cwd] });
    if (!probe.ready) throw new Error(JSON.stringify(probe.problem));
    const plan = must(planLaunch(profile, told.cwd, probe.facts));
    return { filter: Buffer.from(plan.filter).toString('base64') };
  }
  environment ??= openLocalEnvironment({ path: process.env.PATH, writableRoots: [told.cwd] });
  await environment.prepare();
  return run(told, profile);
}

function run({ argv, cwd, env, stdio }, profile) {
  const start = {
    argv,
    cwd,
    env,
    stdio: stdio === 'pty' ? { kind: 'pty', cols: 100, rows: 30 } : { kind: 'pipe', stdin: 'closed' },
    profile,
    outputFile: null,
    proxy: null,
  };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const marks = {};
    environment
      .start(start, {
        output() {},
        outputFileOpened() {},
        waiting() {},
        suspended() {},
        exited() {
          marks.exited = performance.now() - startedAt;
        },
        closed({ exit, ran }) {
          if (!ran || exit.code !== 0) reject(new Error(`exit ${exit.code}, ran: ${ran}`));
          else resolve({ ms: performance.now() - startedAt, ...marks });
        },
      })
      .then((started) => {
        marks.started = performance.now() - startedAt;
        if (!started.ok) reject(new Error(JSON.stringify(started.problem)));
      }, reject);
  });
}

function must(result) {
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  return result.value;
}

process.on('disconnect', () => process.exit(0));
