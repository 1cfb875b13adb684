// How many tokens does a model hold, where its server does not say and nobody configured it?

/** By the beginning of the name; the first that fits counts. As their makers say. */
const WINDOWS: readonly (readonly [name: RegExp, tokens: number])[] = [
  [/^gpt-5/, 400_000],
  [/^codex/, 200_000],
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-4o/, 128_000],
  [/^o[134]/, 200_000],
];

export function knownWindow(model: string): number | null {
  return WINDOWS.find(([name]) => name.test(model))?.[1] ?? null;
}
