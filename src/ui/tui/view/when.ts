// How a point in time is written, in the person's own time zone.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `21 Nov 10:14`. Times are ms since 1970. */
export function dateTimeText(at: number): string {
  const date = new Date(at);
  return `${dateText(date)} ${timeOfDay(date)}`;
}

/** `10:14` for a time of today, else with its date. */
export function timeText(at: number, now: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date(now).toDateString() ? timeOfDay(date) : dateTimeText(at);
}

/** `now`, `5 min`, `2 h`, `today`, `Tue`, `3 Nov`, `3 Nov 2024`: how long ago, in at most eleven columns. */
export function agoText(at: number, now: number): string {
  const ago = Math.max(0, now - at);
  if (ago < MINUTE_MS) return 'now';
  if (ago < HOUR_MS) return `${Math.floor(ago / MINUTE_MS)} min`;
  const then = new Date(at);
  const today = new Date(now);
  if (ago < 6 * HOUR_MS) return `${Math.floor(ago / HOUR_MS)} h`;
  if (then.toDateString() === today.toDateString()) return 'today';
  if (ago < 6 * DAY_MS) return DAYS[then.getDay()] ?? '';
  return then.getFullYear() === today.getFullYear() ? dateText(then) : `${dateText(then)} ${then.getFullYear()}`;
}

function dateText(date: Date): string {
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}`;
}

function timeOfDay(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
