// Who waits until a peer takes more?

export interface Room {
  /** Undefined: there is room. */
  wait(): Promise<void> | undefined;
  /** True lets everybody go on. */
  set(hasRoom: boolean): void;
}

export function openRoom(): Room {
  let waiting: Promise<void> | undefined;
  let letGo: () => void = () => {};
  return {
    wait: () => waiting,
    set(hasRoom) {
      if (hasRoom) {
        waiting = undefined;
        letGo();
      } else {
        waiting ??= new Promise((resolve) => {
          letGo = resolve;
        });
      }
    },
  };
}
