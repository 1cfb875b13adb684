// `codex`, `codex resume`: wires a session and its screen.

import { setTimeout as wait } from 'node:timers/promises';
import { type Config, forkSession, growingList, openRuntimeFolder, readTail } from './core/index.ts';
import { reportCrash } from './crash-report.ts';
import { loadEmulator } from './emulator.ts';
import { attachTo, liveSessions, type Reachable } from './live-sessions.ts';
import { type NotOpened, prepareSession } from './own-session.ts';
import { EXIT_FAILED, EXIT_OK, type Place, runtimePlaces, VERSION } from './place.ts';
import { fail, ok, type Result } from './problem/index.ts';
import { findResumed } from './resumed-session.ts';
import { trustQuestion } from './trust-question.ts';
import type { Invocation } from './ui/cli/index.ts';
import { type FirstScreen, type Opened, runScreen, type ScreenSettings } from './ui/tui/index.ts';

/** Runs a session on the screen that `first` has begun; returns the exit code. */
export async function screen(
  invocation: Extract<Invocation, { kind: 'screen' }>,
  first: FirstScreen,
  place: Place,
): Promise<number> {
  let here = place;
  let starter = await prepareSession(invocation.flags, place);
  let { forks } = invocation;
  const held: { reachable: Reachable | null } = { reachable: null };
  const code = await runScreen({
    first,
    version: VERSION,
    cwd: place.cwd,
    env: place.env,
    settings: screenSettings(place.config.tui),
    prompt: invocation.prompt,
    resume: invocation.resume,
    sessions: {
      list: (folder, limit) => growingList({ codexHome: place.codexHome, folder, limit }),
      activities: async () => {
        const live = await liveSessions(place);
        return new Map(live.map(({ facts: { session, state, about } }) => [session, { state, about }]));
      },
      preview: (file, items) => {
        const read = readTail(file, { codexHome: place.codexHome, whenFileEnds: 'open', wantedItems: items });
        return read.ok ? read.value.events : [];
      },
      find: (resume) => findResumed(resume, place),
    },
    notices: () => starter.notices,
    trust:
      invocation.resume?.kind === 'live'
        ? null
        : trustQuestion(place, async (decided) => {
            here = decided;
            starter = await prepareSession(invocation.flags, decided);
          }),
    open: async (chosen, onDefect) => {
      if (held.reachable !== null) {
        // The one before has ended, and with it what it was made of.
        await (await held.reachable.listening)?.close('quit');
        held.reachable = null;
        starter = await prepareSession(invocation.flags, here);
      }
      const copy = chosen === null || !forks ? ok(chosen) : forkSession(place.codexHome, chosen, Date.now());
      if (!copy.ok) return fail({ exitCode: EXIT_FAILED, problem: copy.problem });
      forks = false;
      const resume = copy.value;
      const joined = resume === null ? null : await join(resume, place, onDefect);
      if (joined !== null) return joined;
      const own = starter.open(resume, onDefect);
      // Of several screens whose program was killed one takes its place, and is about to let the others in.
      if (!own.ok) return (resume === null ? null : await joinSoon(resume, place, onDefect)) ?? own;
      const { core, reachable } = own.value;
      held.reachable = reachable;
      const { session, recordPath, door, ended } = core;
      return ok<Opened>({ session, recordPath, door, attached: null, ended, outlive: reachable.outlive });
    },
    openMemory: (report) => starter.memory(report),
    openPrivate: () => openRuntimeFolder(runtimePlaces(place)),
    reportCrash: (error) => reportCrash(place, error),
    loadEmulator,
    probe: () => starter.probe(),
  });
  await (await held.reachable?.listening)?.close(code === EXIT_OK ? 'quit' : 'signal');
  return code;
}

/** Attaches to a session that is open in another terminal; null when it is not, and can be opened here. */
async function join(
  { session, path: recordPath }: { readonly session: string; readonly path: string },
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Result<Opened, NotOpened> | null> {
  const door = await attachTo(session, place, onDefect);
  if (door === null) return null;
  if (!door.ok) return fail({ exitCode: EXIT_FAILED, problem: door.problem });
  const lost = door.value.lost.then(({ kind }) => ({ words: LOST_WORDS[kind], isDead: kind === 'died' }));
  return ok({
    session,
    recordPath: recordPath === '' ? null : recordPath,
    door: door.value,
    attached: { leave: () => door.value.close(), lost, onSilence: door.value.onSilence },
    ended: null,
    outlive: () => null,
  });
}

/** How long one that was just taken over may take to let others in. */
const TAKING_OVER_MS = 2_000;
const LOOK_AGAIN_MS = 100;

async function joinSoon(...to: Parameters<typeof join>): ReturnType<typeof join> {
  for (const until = performance.now() + TAKING_OVER_MS; performance.now() < until; await wait(LOOK_AGAIN_MS)) {
    const joined = await join(...to);
    if (joined !== null) return joined;
  }
  return null;
}

const LOST_WORDS = {
  left: '',
  ended: 'The session ended in the other terminal.',
  turned_away: 'The other terminal let nobody in any more.',
  died: 'The program that had this session open is gone. codex resume goes on with what it recorded.',
} as const;

function screenSettings(tui: Config['tui']): ScreenSettings {
  const { approval } = tui;
  return {
    folds: {
      model: tui.fold_model === 'off' ? null : tui.fold_model,
      person: tui.fold_person === 'off' ? null : tui.fold_person,
    },
    pasteFold: tui.paste_fold,
    guard: {
      quietMs: approval.quiet_ms,
      armMs: approval.arm_ms,
      settleMs: approval.settle_ms,
      autoFocus: approval.auto_focus,
    },
    motion: tui.motion,
    glyphs: tui.glyphs,
    theme: tui.theme,
    resumeRows: tui.resume_rows,
    keymap: { shared: tui.keymap, own: tui.keymap_ts },
    notify: tui.notifications === false ? 'off' : (tui.notify ?? tui.notification_method),
    notifyWhen: tui.notification_condition,
    title: tui.title,
  };
}
