// What do many measurements say together? Pure.

/** The floor may move this much within one run before a ratio to it means nothing. */
export const FLOOR_DRIFT = 0.3;

export function median(samples) {
  return quantile(samples, 0.5);
}

export function p99(samples) {
  return quantile(samples, 0.99);
}

/** Nearest rank: always one of the samples. */
function quantile(samples, share) {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** How far the floor moved between the first and the last third of its measurements: 0.3 is 30 %. */
export function drift(samples) {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return 0;
  return Math.abs(median(samples.slice(-third)) / median(samples.slice(0, third)) - 1);
}
