/** What the node or the page has to say, over the head of the basket; it moves nothing and is read aloud. */
import { html, useEffect } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick } from "../texts.mjs";
import { go, hush, openDialog } from "../flow.mjs";
import { Icon } from "./icons.mjs";

const STAY_MS = { info: 5000, warn: 9000 };

/** A notice of the page or the node. */
function Said({ notice }) {
  return html`
    <div class=${"notice " + notice.kind} role=${notice.kind === "bad" ? "alert" : "status"}>
      <${Icon} name=${notice.kind === "bad" ? "alert" : notice.kind === "warn" ? "warn" : "ok"} />
      <b>${notice.text}</b>
      ${notice.code && html`<small>${notice.code}</small>`}
      <span class="sp"></span>
      <button type="button" onClick=${hush} aria-label=${t("dialog.close")}><${Icon} name="close" /></button>
    </div>
  `;
}

/** A question that stays until it is answered: yesterday's shift first, then papers. */
function Question({ state }) {
  const { shift } = state;
  const { printer } = state.chips;
  if (shift && (shift.stale || shift.recount)) {
    return html`
      <div class="notice warn still" role="status">
        <${Icon} name="clock" />
        <b>${t(shift.recount ? "shift.recount" : "shift.stale", { day: shift.day })}</b>
        <span class="sp"></span>
        <button type="button" class="word" id="stale-count" onClick=${() => go("count")}>
          ${t("more.close_shift")} <kbd>Alt 9</kbd>
        </button>
      </div>
    `;
  }
  if (!printer || !(printer.unknown || printer.held)) return null;
  return html`
    <div class="notice warn still" role="status">
      <${Icon} name="printer" />
      <b>${t(printer.unknown ? "printer.question_short" : "printer.held", { n: printer.held })}</b>
      <span class="sp"></span>
      <button type="button" class="word" onClick=${() => openDialog("printer")}>
        ${t("printer.answer")} <kbd>Alt 8</kbd>
      </button>
    </div>
  `;
}

/** The sentence on top, and the newest line for screen readers; `asks` also puts the standing questions. */
export function Notice({ asks = false }) {
  const { notice, state } = page;
  useEffect(() => {
    if (!notice || !STAY_MS[notice.kind]) return undefined;
    const timer = setTimeout(() => page.notice === notice && hush(), STAY_MS[notice.kind]);
    return () => clearTimeout(timer);
  }, [notice]);
  const fresh = page.fresh && state ? state.basket.lines.find((line) => line.id === page.fresh.id) : null;
  return html`
    <div class="sr" aria-live="polite">${fresh ? pick(fresh.name) || fresh.code : ""}</div>
    ${notice
      ? html`<${Said} notice=${notice} />`
      : asks && state ? html`<${Question} state=${state} />` : null}
  `;
}
