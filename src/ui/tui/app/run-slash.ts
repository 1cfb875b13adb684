// Carries out a `/command`.

import { assertNever } from '../../../problem/index.ts';
import { editMessage } from './edit-message.ts';
import { INIT_PROMPT } from './init-prompt.ts';
import { openServers, openTranscript } from './open-views.ts';
import { detach, leave, openBackgroundList, openEnvironments, openPermissions, pickEnvironment } from './panel-keys.ts';
import { stop } from './process-actions.ts';
import type { ScreenApp } from './screen-app.ts';
import { showSkills } from './skill-rows.ts';
import type { SlashCommand } from './slash.ts';
import { copyAnswer, copyOutput, saveOutput } from './take-output.ts';

export function runSlash(app: ScreenApp, command: SlashCommand): void {
  switch (command.kind) {
    case 'help':
      return app.views.openHelp();
    case 'model':
      return app.toasts.show(modelSentence(app));
    case 'status':
      return app.views.open({ kind: 'facts', facts: { about: 'session' }, top: 0 });
    case 'background_list':
      return openBackgroundList(app);
    case 'foreground':
      return withProcess(app, command.process, 'background', (process) => {
        app.send({ type: 'process.foreground', process });
        app.focus.select(process);
      });
    case 'background':
      return withProcess(app, command.process, 'front', (process) => app.send({ type: 'process.background', process }));
    case 'stop':
      return withProcess(app, command.process, null, (process) => stop(app, process));
    case 'full':
      return withProcess(app, command.process, null, (process) => app.views.openFull(process));
    case 'transcript':
      return openTranscript(app, command.process);
    case 'compact':
      return app.send({ type: 'compact', hint: command.hint });
    case 'plan':
      return app.views.open({ kind: 'facts', facts: { about: 'plan' }, top: 0 });
    case 'mcp':
      return openServers(app);
    case 'init':
      if (app.transcript.session?.model == null) return app.toasts.show('/init needs a model; /model says how');
      return app.send({ type: 'submit', text: INIT_PROMPT });
    case 'skills':
      return showSkills(app);
    case 'environments':
      return command.name === null ? openEnvironments(app) : pickEnvironment(app, command.name);
    case 'edit':
      return editMessage(app);
    case 'copy':
      return command.process === null ? copyAnswer(app) : copyOutput(app, command.process);
    case 'save':
      if (command.process === null) return app.toasts.show('/save N [FILE]: N is the number of a process');
      return saveOutput(app, command.process, command.file);
    case 'approvals':
      return app.desk.focus();
    case 'permissions':
      return openPermissions(app);
    case 'another':
      if (!app.options.isAttached && (app.transcript.live.length > 0 || app.transcript.turn !== null))
        return app.toasts.show('something still runs: Ctrl-C stops it, Ctrl-X d leaves it running');
      return app.options.showAnother(command.how);
    case 'detach':
      return detach(app);
    case 'quit':
      return leave(app);
    default:
      return assertNever(command);
  }
}

/** The named process, or the newest one in `place` (anywhere for null). */
function withProcess(
  app: ScreenApp,
  number: number | null,
  place: 'front' | 'background' | null,
  then: (process: number) => void,
): void {
  const found =
    number ?? app.transcript.live.findLast((item) => place === null || item.place === place)?.number ?? null;
  const item = found === null ? undefined : app.transcript.processes.get(found);
  if (item === undefined || item.state.kind === 'finished') {
    return app.toasts.show(found === null ? 'nothing is running there' : `process ${found} is not running`);
  }
  then(item.number);
}

function modelSentence(app: ScreenApp): string {
  const { session } = app.transcript;
  return session?.model == null
    ? 'No model is set up. Set OPENAI_API_KEY, or a model_provider in ~/.codex/config.toml, and start again.'
    : `${session.model} of ${session.provider}; model and model_provider in ~/.codex/config.toml change it`;
}
