/**
 * Changing calls leave the page one after the other, in the order of the touches. A call that gets no answer is
 * repeated with its key until the node answers: a scan is never lost and never counted twice. With nothing before
 * it a call leaves at once, before the page paints anything.
 */

let tail = Promise.resolve();
let waiting = 0;
const idleListeners = new Set();

/** Run `work` after everything that was asked for before; answers its result. */
export function enqueue(work) {
  const free = waiting === 0;
  waiting += 1;
  const result = free ? new Promise((resolve) => resolve(work())) : tail.then(work);
  tail = result.then(settled, settled);
  return result;
}

function settled() {
  waiting -= 1;
  if (waiting === 0) for (const listener of idleListeners) listener();
}

/** Is any changing call on its way? */
export function busy() {
  return waiting > 0;
}

/** Be told whenever the last waiting call has been answered. */
export function onIdle(listener) {
  idleListeners.add(listener);
}
