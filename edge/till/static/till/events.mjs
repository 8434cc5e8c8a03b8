/**
 * What the node tells by itself: server-sent events while they flow, and a look whenever nothing came for 15
 * seconds (the age of the link to HQ grows by itself). Events say that something changed; the State is fetched,
 * so a missed event costs nothing.
 */
import { page, set, showChips } from "./store.mjs";
import { announced, refresh, notify } from "./flow.mjs";
import { react } from "./scans.mjs";
import { play } from "./sounds.mjs";

const POLL_MS = 15000;
const TICK_MS = 5000;
const RECONNECT_MS = 3000;
let source = null;
let flowing = false;

function read(event) {
  try {
    return JSON.parse(event.data);
  } catch {
    return {};
  }
}

function opened() {
  const again = !flowing && page.ready;
  flowing = true;
  if (again || page.silent) refresh();
}

function broken() {
  flowing = false;
  if (source && source.readyState === EventSource.CLOSED) {
    source = null;
    setTimeout(connect, RECONNECT_MS);
  }
}

function onChips(chips) {
  const before = page.state ? page.state.chips.printer : null;
  showChips(chips);
  if (before && chips.printer && chips.printer.unknown > before.unknown) play("attention");
}

async function onSerialScan(told) {
  if (!told.applied) return;
  await refresh();
  if (page.state) react({ line: told.line, state: page.state });
}

function connect() {
  if (!page.paired) {
    setTimeout(connect, RECONNECT_MS);
    return;
  }
  source = new EventSource("/api/v1/events");
  source.addEventListener("open", opened);
  source.addEventListener("error", broken);
  source.addEventListener("state", (event) => announced(read(event).version));
  source.addEventListener("chips", (event) => onChips(read(event)));
  source.addEventListener("scan", (event) => onSerialScan(read(event)));
  source.addEventListener("message", (event) => {
    const { kind, text, sound } = read(event);
    if (text) notify(kind || "warn", text);
    if (sound === "attention") play("attention");
  });
}

/** Start listening; also look again whenever the page comes back into view. */
export function startEvents() {
  connect();
  setInterval(() => {
    const quiet = performance.now() - page.receivedAt >= POLL_MS - TICK_MS;
    if (page.paired && !document.hidden && (quiet || !flowing)) refresh();
  }, TICK_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && page.paired) refresh();
  });
  window.addEventListener("online", () => refresh());
  window.addEventListener("pagehide", () => source && source.close());
  set({});
}
