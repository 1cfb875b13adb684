// How durations, clocks, counts and sizes are written.

const MINUTE_MS = 60_000;

/** `0.8 s`, `12.4 s`, then `1:04` and `1:02:09`: how long something took. */
export function durationText(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  return tenths < 600 ? `${(tenths / 10).toFixed(1)} s` : clockText(ms);
}

/** As `durationText`, but whole seconds from ten on, for a turn that nobody compares to a tenth. */
export function turnDurationText(ms: number): string {
  return ms >= 9_950 && ms < MINUTE_MS - 500 ? `${Math.round(ms / 1000)} s` : durationText(ms);
}

/** `0:12`, `1:04`, `1:02:09`: a running clock. */
export function clockText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `1,204`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 line`, `1,204 lines`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `812`, `41k`, `1.2M`: tokens. */
export function tokenText(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  if (tokens < 999_500) return `${Math.round(tokens / 1000)}k`;
  return `${(tokens / 1_000_000).toFixed(1)}M`;
}

/** `812 bytes`, `38 kB`, `1.2 MB`, in powers of ten. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return counted(bytes, 'byte');
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} kB`;
  if (bytes < 999_500_000) return `${scaled(bytes / 1_000_000)} MB`;
  return `${scaled(bytes / 1_000_000_000)} GB`;
}

function scaled(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}
