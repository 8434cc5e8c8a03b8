/**
 * The top bar: store, lane, clerk, the link to HQ, the printer, the clock. A chip says state, number and age in
 * words; it is green only when everything is uploaded and HQ answered within a minute.
 */
import { html, useState, useEffect } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { openDialog } from "../flow.mjs";
import { Icon } from "./icons.mjs";

const TICK_MS = 5000;
const FRESH_SECONDS = 60;

/** "35 minutes", "1 h 55 min". */
export function duration(minutes) {
  if (minutes < 60) return t("age.minutes", { n: minutes });
  return t("age.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** Seconds since the chips on the screen were true. */
function chipsAge() {
  return Math.floor((performance.now() - (page.chipsAt || page.receivedAt)) / 1000);
}

/** While this counter's own node gives no answer nothing is known about the line behind it. */
function silentChip() {
  return { kind: "bad", icon: "alert", words: [t("silence.short")] };
}

/** Kind, icon and words of the link chip. */
export function linkChip(link, aged = 0) {
  const seconds = link.hq_seconds === null || link.hq_seconds === undefined ? null : link.hq_seconds + aged;
  if (link.state === "ok" && link.unsent === 0 && seconds !== null && seconds < FRESH_SECONDS) {
    return { kind: "ok", icon: "ok", words: [t("link.online"), t("link.all_sent"), t("link.hq_ago", { n: seconds })] };
  }
  if (link.state === "ok" || link.state === "pending") {
    const words = [t("link.online"), link.unsent ? t("link.unsent", { n: link.unsent }) : t("link.waiting_hq")];
    if (link.alarms && link.alarms.length) words.push(t("link.alarms", { n: link.alarms.length }));
    if (link.unsent && link.oldest_minutes) words.push(t("link.oldest", { age: duration(link.oldest_minutes) }));
    return { kind: "warn", icon: "wait", words };
  }
  const words = [t(link.state === "never" ? "link.never" : "link.offline"), t("link.can_sell")];
  if (link.unsent) words.push(t("link.unsent", { n: link.unsent }));
  if (link.unsent && link.oldest_minutes !== null) words.push(t("link.oldest", { age: duration(link.oldest_minutes) }));
  return { kind: "warn", icon: "offline", words };
}

const PRINTER_KINDS = {
  ready: "ok", near_end: "warn", paper_out: "bad", cover_open: "bad", lost: "bad", unknown: "warn", none: "quiet",
};

/** Kind and words of the printer chip. */
export function printerChip(printer) {
  if (printer.unknown) {
    return { kind: "warn", icon: "help", words: [t("printer.unknown_jobs", { n: printer.unknown })] };
  }
  if (printer.held) return { kind: "warn", icon: "printer", words: [t("printer.held", { n: printer.held })] };
  if (printer.drawer === "failed") return { kind: "warn", icon: "drawer", words: [t("printer.drawer_failed")] };
  const why = printer.state === "lost" && printer.words;
  const words = [why ? t("printer.lost_why", { why }) : t("printer." + printer.state)];
  if (printer.waiting) words.push(t("printer.waiting", { n: printer.waiting }));
  const kind = PRINTER_KINDS[printer.state] || "warn";
  return { kind: kind === "ok" && printer.waiting > 2 ? "warn" : kind, icon: "printer", words };
}

/** The chip of a scanner that has gone; one that works, or types like a keyboard, needs none. */
export function scannerChip(scanner) {
  const words = [scanner.words ? t("scanner.lost_why", { why: scanner.words }) : t("scanner.lost")];
  return { kind: "bad", icon: "scan", words };
}

function Chip({ chip, dialog, id }) {
  return html`
    <button type="button" id=${id} class=${"chip " + chip.kind} onClick=${() => openDialog(dialog)}>
      <${Icon} name=${chip.icon} />
      <span>
        ${chip.words.map((word, n) => html`
          <span class=${n === 1 && chip.words.length > 2 ? "wide" : ""}>${n ? " · " : ""}${word}</span>
        `)}
      </span>
    </button>
  `;
}

/** Store-local time now: the node's clock, carried on by the page's monotonic one. */
export function storeTime() {
  if (!page.state) return "";
  const start = Date.parse(page.state.now.replace(" ", "T") + "Z");
  return new Date(start + performance.now() - page.receivedAt).toISOString().slice(11, 16);
}

/** The bar itself; the same on every screen. */
export function TopBar() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const { state } = page;
  if (!state) return html`
    <header class="top"><b>${t("app.name")}</b></header>
  `;
  const { store, terminal, staff, chips } = state;
  return html`
    <header class="top">
      <b class="cut" lang=${languageOf(store.name)}>${pick(store.name) || store.code}</b>
      <span class="who">${t("top.lane", { lane: terminal.code })}</span>
      ${staff && html`
        <span class="who cut">${t("top.clerk")} <b>${staff.name}</b></span>
      `}
      <span class="sp"></span>
      ${chips.link && html`
        <${Chip} id="chip-link" chip=${page.silent ? silentChip() : linkChip(chips.link, chipsAge())} dialog="link" />
      `}
      ${chips.printer && html`<${Chip} id="chip-printer" chip=${printerChip(chips.printer)} dialog="printer" />`}
      ${chips.scanner && chips.scanner.state === "lost" && html`
        <${Chip} id="chip-scanner" chip=${scannerChip(chips.scanner)} dialog="scanner" />
      `}
      ${staff && !state.locked && html`
        <button type="button" id="chip-help" class="chip quiet narrow-only" onClick=${() => openDialog("help")}>
          <kbd>F1</kbd> <span>${t("key.help")}</span>
        </button>
      `}
      <time>${storeTime()}</time>
    </header>
  `;
}

/** Shown while the node on this counter does not answer. Nothing is lost, and it says so. */
export function SilenceStrip() {
  if (page.silent < 2) return null;
  const waiting = page.pending.length;
  return html`
    <div class="strip bad" role="alert">
      <${Icon} name="alert" />
      <b>${t("silence.title")}</b>
      <span>${waiting ? t("silence.waiting", { n: waiting }) : t("silence.safe")}</span>
    </div>
  `;
}
