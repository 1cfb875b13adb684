// How much may a server say that answers nothing? What it says beyond that is not even read.

export interface Chatter {
  /** False: it is one word too many, and is dropped. What may be an answer or a request never is. */
  passes(message: Buffer): boolean;
  /** The same for one that is known to be a notification. */
  takesNews(): boolean;
}

/** At once, and each second: more than anybody reads of progress, and little work. */
const BURST = 200;
const EACH_SECOND = 100;

const ID = '"id"';
/** That tools are others now is not lost among what is only told. */
const CHANGE = 'list_changed"';

export function openChatter(now: () => number = () => performance.now()): Chatter {
  const takesNews = openAllowance(now);
  const takesChange = openAllowance(now);
  return {
    takesNews,
    passes: (message) => message.includes(ID) || takesNews() || (message.includes(CHANGE) && takesChange()),
  };
}

function openAllowance(now: () => number): () => boolean {
  let left = BURST;
  let filledAt = now();
  return () => {
    const at = now();
    left = Math.min(BURST, left + ((at - filledAt) * EACH_SECOND) / 1000);
    filledAt = at;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
