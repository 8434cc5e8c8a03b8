/**
 * What the node tells by itself: server-sent events while they flow, and a look every 15 seconds while they
 * do not. Events say that something changed; the State is fetched, so a missed event costs nothing.
 */
import { page, set, showChips } from "./store.mjs";
import { announced, refresh, notify } from "./flow.mjs";
import { play } from "./sounds.mjs";

const POLL_MS = 15000;
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
  source.addEventListener("scan", () => refresh());
  source.addEventListener("message", (event) => {
    const { kind, text } = read(event);
    if (text) notify(kind || "warn", text);
  });
}

/** Start listening; also look again whenever the page comes back into view. */
export function startEvents() {
  connect();
  setInterval(() => {
    if (!flowing && page.paired) refresh();
  }, POLL_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && page.paired) refresh();
  });
  window.addEventListener("online", () => refresh());
  window.addEventListener("pagehide", () => source && source.close());
  set({});
}
