// `codex execpolicy check`: what rule files decide about a command, without running it.

import path from 'node:path';
import { loadRuleTools } from './core/index.ts';
import { complain, EXIT_CONFIG, EXIT_OK, type Place } from './place.ts';
import type { Invocation } from './ui/cli/index.ts';

/** Prints the decision as JSON; exit code 78 when a rule file cannot be read. */
export async function checkPolicy(
  invocation: Extract<Invocation, { kind: 'execpolicy' }>,
  place: Place,
): Promise<number> {
  const { checkByRules, loadRuleFiles, loadRules, rulesFolder } = await loadRuleTools();
  const files = invocation.files.map((file) => path.resolve(place.cwd, file));
  const { rules, problems } =
    files.length > 0 ? loadRuleFiles(files, place.home) : loadRules([rulesFolder(place.codexHome)], place.home);
  for (const { problem } of problems) complain(problem, EXIT_CONFIG);
  const checked = checkByRules(rules, invocation.argv, { resolve: invocation.resolves });
  process.stdout.write(`${JSON.stringify(checked, null, invocation.pretty ? 2 : 0)}\n`);
  return problems.length > 0 ? EXIT_CONFIG : EXIT_OK;
}
