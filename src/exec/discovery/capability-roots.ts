// What do some folders offer: a plugin, skills, namespaces? `capabilityRoots/discoverV1`.

import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import type { CapabilityRoot, Params, Results } from '../protocol/messages.ts';
import { pluginFiles } from './plugin-manifest.ts';
import { openRoom, type Room, type RootFiles } from './root-files.ts';
import { openRootReader, type RootReader } from './root-reader.ts';
import { manifestsOf, scanned, skillMetadata } from './root-scan.ts';

const MOST_ROOTS = 128;

/** Deep enough for folders of folders of skills, and never a whole home. */
const WALK = {
  maxDepth: 6,
  maxDirectories: 2000,
  maxEntries: 20_000,
  followDirectorySymlinks: true,
  pruneHiddenDirectories: false,
};

/** In the order of the roots. A root that cannot be looked at carries `error` and does not spoil the others. */
export async function discoverRoots(
  { roots }: Params<'capabilityRoots/discoverV1'>,
  files: RootFiles,
): Promise<Result<Results['capabilityRoots/discoverV1'], RpcFailure>> {
  if (roots.length > MOST_ROOTS) {
    return fail(invalidRequest(`capability root discovery accepts at most ${MOST_ROOTS} roots`));
  }
  const room = openRoom();
  const discovered: CapabilityRoot[] = [];
  for (const root of roots) discovered.push(await discoverRoot(root, files, room));
  return ok({ roots: discovered });
}

type Root = Params<'capabilityRoots/discoverV1'>['roots'][number];

async function discoverRoot({ id, path, sandbox }: Root, files: RootFiles, room: Room): Promise<CapabilityRoot> {
  const broken = (error: string): CapabilityRoot => {
    return { id, path, plugin: null, skills: [], namespaceManifests: [], warnings: [], error };
  };
  const look = await files['fs/getMetadata']({ path, followSymlinks: null, sandbox });
  if (!look.ok) return broken(`failed to inspect capability root ${path}: ${look.problem.message}`);
  if (!look.value.isDirectory) return broken(`capability root ${path} is not a directory`);
  const walk = await files['fs/walk']({ path, options: WALK, sandbox });
  if (!walk.ok) return broken(`failed to scan capability root ${path}: ${walk.problem.message}`);

  const reader = openRootReader(files, sandbox, room);
  for (const error of walk.value.errors) reader.warn(`failed to scan capability path ${error.path}: ${error.message}`);
  if (walk.value.truncated) reader.warn(`capability scan reached its traversal limit (root: ${path})`);
  const plugin = await readPlugin(path, reader);
  const scan = scanned(walk.value.entries);
  const namespaceManifests = await reader.texts(
    [...new Set([...(plugin === null ? [] : [plugin.manifest.path]), ...scan.manifests])].sort(),
  );
  const instructions = await reader.texts(scan.skills);
  const described = await reader.texts(instructions.map((text) => skillMetadata(text.path)));
  const metadata = new Map(described.map((text) => [text.path, text]));
  const skills = instructions.map((text) => ({
    instructions: text,
    metadata: metadata.get(skillMetadata(text.path)) ?? null,
  }));
  return { id, path, plugin, skills, namespaceManifests, warnings: reader.warnings(), error: null };
}

async function readPlugin(root: Root['path'], reader: RootReader): Promise<CapabilityRoot['plugin']> {
  for (const path of manifestsOf(root)) {
    const manifest = await reader.text(path);
    if (manifest === null) continue;
    const { mcpConfig, appsConfig } = pluginFiles(root, path, manifest.contents);
    for (const { warning } of [mcpConfig, appsConfig]) if (warning !== null) reader.warn(warning);
    return {
      manifest,
      mcpConfig: mcpConfig.path === null ? null : await reader.text(mcpConfig.path),
      appsConfig: appsConfig.path === null ? null : await reader.text(appsConfig.path),
    };
  }
  return null;
}
