/**
 * What can be done with the basket, as plain functions for keys, buttons and tiles alike.
 */
import { page, set } from "./store.mjs";
import { act, go, notify, openDialog, hush } from "./flow.mjs";
import { newKey } from "./api.mjs";
import { enqueue } from "./queue.mjs";
import { holdKeys } from "./keys.mjs";
import { t, pick } from "./texts.mjs";
import { formatMinor, formatPercent } from "./money.mjs";
import { scan } from "./scans.mjs";

const RECEIPT_NUMBER = /^\d{3}-\d{2}\/[0-9A-Z]{5}-\d+$/i;
const CODE = /^(\d+|[A-Za-z]\d{5,})$/;

/** Is this what the QR of a receipt says? */
export function isReceiptNumber(code) {
  return RECEIPT_NUMBER.test(code.trim());
}

/** May the person do this outright? (The node decides; this only hides what makes no sense.) */
export function may(permission) {
  return Boolean(page.state.staff && page.state.staff.permissions.includes(permission));
}

/** May the person do this with somebody's approval at least? */
export function mayAsk(permission) {
  return may(permission) || Boolean(page.state.staff && page.state.staff.approvals.includes(permission));
}

/** The line that line keys speak about: the chosen one, else the newest. */
export function currentLine() {
  const { lines } = page.state.basket;
  const wanted = page.selected || (page.fresh && page.fresh.id);
  return lines.find((line) => line.id === wanted) || lines[lines.length - 1] || null;
}

/** Move the choice by `step` lines; the newest line is where "nothing chosen" begins. */
export function moveSelection(step) {
  const { lines } = page.state.basket;
  if (!lines.length) return;
  const at = page.selected ? lines.findIndex((line) => line.id === page.selected) : lines.length - 1;
  const next = Math.max(0, Math.min(lines.length - 1, at + step));
  set({ selected: lines[next].id });
}

/** Enter in the entry box. */
export function enterText(text) {
  const typed = text.trim();
  if (!typed) return;
  if (isReceiptNumber(typed)) go("receipts", { find: typed });
  else if (CODE.test(typed)) scan(typed, "keyed");
  else openDialog("search", { query: typed, purpose: "sell" });
}

/** Add a product by its number; a weighed one without a label asks for its weight. */
export async function addProduct({ sku, name, weighed = false }) {
  const quantity = page.multiplier;
  if (weighed) return openDialog("grams", { sku, name });
  set({ multiplier: null });
  const own = (error) => {
    if (error.code !== "till.weight_needed" && error.code !== "basket.weight_needed") return false;
    openDialog("grams", { sku, name });
    return true;
  };
  const body = quantity ? { sku, quantity } : { sku };
  return act("basket/add", body, { own, ask: { title: t("ask.add"), detail: pick(name) } });
}

/** One more or one less of the current line. */
export function stepQuantity(step) {
  const line = currentLine();
  if (!line || line.state !== "ok") return;
  if (line.weighed) {
    notify("warn", t("line.weighed_fixed"));
    return;
  }
  const body = () => {
    const now = page.state.basket.lines.find((known) => known.id === line.id) || line;
    return { line: line.id, quantity: Math.max(1000, now.quantity + step * 1000) };
  };
  if (step < 0 && line.quantity <= 1000) notify("warn", t("line.one_left"));
  else act("basket/line", body, { ask: { title: t("ask.quantity"), detail: pick(line.name) } });
}

/** Set the quantity of a line. */
export function setQuantity(line, quantity) {
  const ask = { title: t("ask.quantity"), detail: pick(line.name) };
  return act("basket/line", { line: line.id, quantity }, { ask });
}

/** Take a line out. */
export function removeLine(line = currentLine()) {
  if (!line) return null;
  const detail = pick(line.name) || line.code;
  return act("basket/remove", { line: line.id }, { ask: { title: t("ask.remove"), detail } });
}

/** Make a product of a red row; one by weight whose code carries none asks for its grams first. */
export function actWeighed(path, body, { ask, name }) {
  const wish = (grams) => ask || { title: t("ask.grams", { n: grams }), detail: pick(name) };
  const send = (grams) => act(path, { ...body, grams }, { ask: wish(grams) });
  const own = (error) => {
    if (error.code !== "till.weight_needed") return false;
    openDialog("grams", { name, send });
    return true;
  };
  return act(path, body, { own, ask });
}

/** A manager gives an unknown code a product. */
export async function resolveLine(line) {
  const product = await openDialog("search", { query: "", purpose: "resolve", code: line.code });
  if (!product) return null;
  const ask = { title: t("ask.resolve", { code: line.code }), detail: pick(product.name) };
  return actWeighed("basket/resolve", { line: line.id, sku: product.sku }, { ask, name: product.name });
}

/** Which of several products with one code it is. */
export function chooseProduct(line) {
  return openDialog("choose", { line });
}

/** Discount on a line, or on the basket when `line` is null; value 0 takes it away. `off` is shown to an approver. */
export function discount(line, { kind, value, reason, off }) {
  const { exponent } = page.state.currency;
  const size = kind === "percent" ? formatPercent(value) + "%" : formatMinor(value, exponent);
  const base = line ? line.gross_minor : page.state.basket.totals.gross_minor;
  const title = t(line ? "ask.discount_line" : "ask.discount_basket", { size });
  const detail = line ? pick(line.name) : t("ask.whole_basket");
  const body = { line: line ? line.id : null, kind, value, reason };
  return act("basket/discount", body, { ask: { title, detail, base, off } });
}

/** Hold the basket, with a word about the customer. */
export async function hold() {
  if (!page.state.basket.lines.length) {
    notify("warn", t("basket.empty_hold"));
    return;
  }
  const key = newKey();
  const note = await openDialog("note", {});
  if (note === null) return;
  await act("basket/hold", { note }, { key, ask: { title: t("ask.hold") } });
}

/** Void the whole sale, with a reason. */
export async function abort() {
  if (!page.state.basket.lines.length) return;
  const key = newKey();
  const question = { title: t("abort.title"), icon: "alert", list: "void", warn: t("abort.warn") };
  const answer = await openDialog("reason", question);
  if (!answer) return;
  await act("basket/abort", { reason: answer.reason }, { key, ask: { title: t("abort.title") } });
}

/** Open the drawer without a sale, with a reason. */
export async function openDrawer() {
  const key = newKey();
  const answer = await openDialog("reason", { title: t("drawer.title"), icon: "drawer", list: "no_sale", note: true });
  if (!answer) return;
  const done = await act("drawer/open", answer, { key, ask: { title: t("drawer.title") } });
  if (done) notify("info", t("drawer.opened"));
}

/** F9: after the scans on their way, red rows first, then prices that switched, then the tender. */
export async function pay() {
  hush();
  if (page.pending.length) await holdKeys(() => enqueue(() => !page.state.basket.blocked.length));
  const { basket } = page.state;
  if (basket.blocked.length) {
    showBlocked();
    return;
  }
  if (!basket.lines.length) {
    notify("warn", t("basket.empty_pay"));
    return;
  }
  if (basket.price_changes.length && !(await openDialog("prices", {}))) return;
  go("tender");
}

function showBlocked() {
  const { blocked } = page.state.basket;
  set({ selected: blocked[0] });
  notify("bad", t("basket.blocked", { n: blocked.length }));
  const row = document.getElementById("line-" + blocked[0]);
  const first = row && row.querySelector("button.first");
  if (first) first.focus();
}

/** Lock the screen; the basket stays. */
export function lock() {
  return act("lock", {});
}
