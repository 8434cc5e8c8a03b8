/**
 * Scans on their way to the node. Each has a number and a key from the moment it was read; it shows at once as a
 * pending row and stays in this list (and in the tab's session storage, for a reload) until the node has
 * answered. One code is one request, in order, however fast they come.
 */
import { page, set } from "./store.mjs";
import { newKey } from "./api.mjs";
import { act, notify, openDialog } from "./flow.mjs";
import { t } from "./texts.mjs";
import { play } from "./sounds.mjs";

const SHELF = "lianpu.scans";
const MARKS_MAX = 500;
let count = 0;
const marks = [];

function shelve() {
  const rows = page.pending.map(({ code, source, quantity, key }) => ({ code, source, quantity, key }));
  if (rows.length) sessionStorage.setItem(SHELF, JSON.stringify(rows));
  else sessionStorage.removeItem(SHELF);
}

function without(number) {
  return page.pending.filter((scan) => scan.number !== number);
}

/** Time stamps of read codes, for the bench: [{number, code, at, shownAt}]. */
export function scanMarks() {
  return marks;
}

/** Send a code; `at` is the time stamp of its last key. */
export function scan(code, source = "wedge", { at = performance.now(), key = newKey() } = {}) {
  count += 1;
  const number = count;
  const quantity = page.multiplier;
  const row = { number, code, source, quantity, key };
  const answer = deliver(row, at); // the request leaves before the row is painted
  set({ pending: [...page.pending, row], multiplier: null, notice: null });
  shelve();
  return answer;
}

/** After the next frame has been painted. */
function mark(row, at) {
  marks.push({ number: row.number, code: row.code, source: row.source, at, shownAt: performance.now() });
  if (marks.length > MARKS_MAX) marks.shift();
}

async function deliver(row, at) {
  const body = { code: row.code, source: row.source };
  if (row.quantity) body.quantity = row.quantity;
  const patch = () => ({ pending: without(row.number), selected: null });
  const own = (error) => {
    if (error.code !== "till.weight_needed") return false;
    openDialog("grams", { sku: error.fields.sku, name: row.code });
    return true;
  };
  const question = { title: t("ask.scan"), detail: row.code };
  const answer = await act("basket/scan", body, { key: row.key, patch, own, ask: question });
  shelve();
  if (!answer || !answer.state) return answer;
  requestAnimationFrame(() => setTimeout(() => mark(row, at)));
  react(answer);
  return answer;
}

/** The sound and the question that a line asks for: red row, several products, or all well. */
export function react(answer) {
  const { lines } = answer.state.basket;
  const line =
    lines.find((entry) => entry.id === answer.line) ||
    lines.find((entry) => page.fresh && entry.id === page.fresh.id);
  if (!line) return;
  if (line.state === "choose") {
    play("attention");
    openDialog("choose", { line });
  } else if (line.state !== "ok") {
    play("error");
  } else {
    play("ok");
  }
}

/** Codes that were read before a reload and whose answer is unknown: send them again with their keys. */
export function resumeScans() {
  const shelf = sessionStorage.getItem(SHELF);
  if (!shelf) return;
  sessionStorage.removeItem(SHELF);
  let rows = [];
  try {
    rows = JSON.parse(shelf);
  } catch {
    return;
  }
  for (const row of rows) {
    count += 1;
    const pending = { ...row, number: count };
    set({ pending: [...page.pending, pending] });
    deliver(pending, performance.now());
  }
  shelve();
}

/** A code arrived where goods cannot be rung up: say so aloud, never drop it in silence. */
export function refuseScan(code, why) {
  set({ ignoredScans: page.ignoredScans + 1 });
  notify("bad", t("scan.refused", { code: mask(code), why }));
}

/** The same code within the scanner's double-read time: counted, shown, not rung up. */
export function countDouble(code) {
  set({ ignoredScans: page.ignoredScans + 1 });
  notify("warn", t("scan.double", { code: mask(code) }));
}

/** Long numbers may be payment codes or worse: only their end is shown. */
export function mask(code) {
  if (/^\d{15,}$/.test(code)) return `\u2026${code.slice(-4)}`;
  return code.length > 20 ? `${code.slice(0, 4)}\u2026${code.slice(-4)}` : code;
}
