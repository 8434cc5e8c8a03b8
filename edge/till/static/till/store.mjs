/**
 * What the page knows: the node's last State and where the person is on the screen. Nothing here is a record;
 * all of it may be thrown away and fetched again.
 *
 * Answers may overtake each other, so each request takes a ticket when it starts and an answer older than the
 * one shown is dropped. Lines that did not change keep their object, so their rows are not painted again.
 */

const listeners = new Set();
let tickets = 0;
let shown = 0;

/** The page's state; change it through `set` only. */
export const page = {
  state: null, // the node's State
  receivedAt: 0, // performance.now() of that State, for the clock and the ages
  paired: true,
  ready: false,
  textsVersion: 0,
  screen: "sale",
  screenProps: {},
  dialogs: [],
  notice: null,
  pending: [],
  selected: null,
  fresh: null, // {id, added}: the line that the last answer added or raised
  multiplier: null,
  silent: 0, // attempts in a row to which the node gave no answer
  ignoredScans: 0,
};

/** Change some of the page's state and tell the views. */
export function set(patch) {
  Object.assign(page, patch);
  for (const listener of listeners) listener();
}

/** Be told of each change; answers the way to stop it. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A ticket for a request that will bring a State. */
export function ticket() {
  tickets += 1;
  return tickets;
}

/** Is a State on the screen that was asked for later? */
export function overtaken(number) {
  return number < shown;
}

function sameLine(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function keepLines(before, after) {
  const old = new Map(before.map((line) => [line.id, line]));
  return after.map((line) => {
    const known = old.get(line.id);
    return known && sameLine(known, line) ? known : line;
  });
}

function keep(before, after) {
  return before === after || JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

/** The State that the node's `changes` make of the State they were counted from. */
export function applied(state, { from: _from, basket, ...rest }) {
  const { lines, order, ...parts } = basket;
  const known = new Map([...state.basket.lines, ...lines].map((line) => [line.id, line]));
  const wanted = order ? order.map((id) => known.get(id)) : [...known.values()];
  return { ...state, ...rest, basket: { ...state.basket, ...parts, lines: wanted } };
}

/** The line that an answer added, or whose quantity it raised. */
function freshLine(before, after) {
  if (!before || before.id !== after.id) {
    return after.lines.length === 1 && before ? { id: after.lines[0].id, added: after.lines[0].quantity } : null;
  }
  const old = new Map(before.lines.map((line) => [line.id, line.quantity]));
  for (let at = after.lines.length - 1; at >= 0; at -= 1) {
    const line = after.lines[at];
    const added = line.quantity - (old.get(line.id) || 0);
    if (added > 0) return { id: line.id, added };
  }
  return null;
}

/** Show a State unless a later one is on the screen already. Unchanged parts keep their identity. */
export function show(state, number, patch = {}) {
  if (!state || overtaken(number)) return false;
  shown = number;
  const before = page.state;
  const changed = !before || before.version !== state.version || before.basket.id !== state.basket.id;
  const fresh = changed ? freshLine(before && before.basket, state.basket) : page.fresh;
  if (before) {
    state.basket.lines = keepLines(before.basket.lines, state.basket.lines);
    for (const part of ["store", "terminal", "currency", "quick_keys", "reasons", "chips", "staff"]) {
      state[part] = keep(before[part], state[part]);
    }
  }
  const kept = state.basket.lines.some((line) => line.id === page.selected);
  set({
    state, receivedAt: performance.now(), ready: true, paired: true, silent: 0, fresh,
    selected: kept ? page.selected : null, ...patch,
  });
  return true;
}

/** Put new chips into the State on the screen. */
export function showChips(chips) {
  if (!page.state) return;
  set({ state: { ...page.state, chips: keep(page.state.chips, chips) }, chipsAt: performance.now() });
}

/** Forget everything that belonged to the page's former state (another person, another pairing). */
export function home(patch = {}) {
  set({ screen: "sale", screenProps: {}, dialogs: [], notice: null, selected: null, multiplier: null, ...patch });
}
