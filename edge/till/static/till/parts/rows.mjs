/**
 * The basket: newest line at the bottom and always in view, red rows with their answers inside, the code being
 * looked up as a pending row as soon as the answer takes longer than a blink. Rows are keyed and memoised: one scan
 * paints one row, once.
 */
import { html, memo, useRef, useState, useEffect, useLayoutEffect } from "../ui.mjs";
import { page, set } from "../store.mjs";
import { t, pick, languageOf, known } from "../texts.mjs";
import { formatMinor, formatQuantity, formatPercent } from "../money.mjs";
import { mask } from "../scans.mjs";
import { Icon } from "./icons.mjs";

const ROW_HEIGHT = 48;
const BLINK_MS = 60; // an answer that is faster shows its line at once instead of a row that flickers

/** "磅", "kg", nothing for pieces. */
export function unitName(unit) {
  return unit === "pc" ? "" : known("unit." + unit) ? t("unit." + unit) : unit;
}

function reasonName(code) {
  const reasons = page.state.reasons.discount || [];
  const found = reasons.find((reason) => reason.code === code);
  return found ? pick(found.name) : code;
}

/** "−20 % damaged" in words. */
export function discountWords(discount, minor, exponent) {
  const size = discount.kind === "percent" ? `\u2212${formatPercent(discount.value)}%` : formatMinor(-minor, exponent);
  return `${reasonName(discount.reason)} ${size}`;
}

function Details({ line, exponent, newest }) {
  const parts = [];
  parts.push(html`
    <span class="mtu">
      ${formatMinor(line.unit_price_minor, exponent)}
      ${line.weighed ? "/" + unitName(line.unit) : ""}
    </span>
  `);
  if (line.discount) {
    const words = discountWords(line.discount, line.discount_minor, exponent);
    parts.push(html`
      <span class="tag a">
        <${Icon} name="percent" />
        ${words}
      </span>
    `);
  }
  if (line.weighed) {
    parts.push(html`
      <span class="tag n">
        <${Icon} name="scale" />
        ${t("line.weighed")}
      </span>
    `);
  }
  if (newest && line.code) parts.push(html`<span class="cut">${line.code}</span>`);
  const only = parts.length === 1;
  return html`<div class=${only ? "mt mtu" : "mt"}>${parts}</div>`;
}

const GoodRow = memo(function GoodRow({ line, index, selected, newest, exponent, onSelect }) {
  const state = (newest === null ? "" : "new") + (selected ? " sel" : "");
  const cut = line.discount_minor > 0;
  return html`
    <div
      class=${"row ln " + state}
      id=${"line-" + line.id}
      role="row"
      aria-selected=${selected}
      onClick=${() => onSelect(line.id)}
    >
      <span class="ix">${newest === null ? index : "+" + (line.weighed ? "1" : formatQuantity(newest))}</span>
      <div class="cell">
        <div class="nm">
          <span class="cut" lang=${languageOf(line.name)}>${pick(line.name)}</span>
          ${line.spec && html`<span class="sp">${pick(line.spec)}</span>`}
        </div>
        <${Details} line=${line} exponent=${exponent} newest=${newest !== null} />
      </div>
      <span class="num q">
        ${formatQuantity(line.quantity, line.weighed)}
        ${line.weighed && html`<small> ${unitName(line.unit)}</small>`}
      </span>
      <span class="num up">
        ${formatMinor(line.unit_price_minor, exponent)}
        ${line.weighed ? "/" + unitName(line.unit) : ""}
      </span>
      <span class="num am">
        ${cut && html`<s>${formatMinor(line.gross_minor, exponent)}</s>`}
        <span>${formatMinor(line.total_minor, exponent)}</span>
      </span>
    </div>
  `;
});

function redTitle(line) {
  if (line.state === "unpriced") return t("line.unpriced", { name: pick(line.name) });
  if (line.state === "choose") return t("line.choose", { code: line.code });
  return t("line.unknown", { code: mask(line.code) });
}

const RedRow = memo(function RedRow({ line, selected, answers, onSelect }) {
  const kind = line.state === "choose" ? "ask" : "bad";
  const first = line.state === "choose" ? answers.choose : answers.resolve;
  return html`
    <div
      class=${`row ln ${kind}${selected ? " sel" : ""}`}
      id=${"line-" + line.id}
      role="row"
      aria-selected=${selected}
      onClick=${() => onSelect(line.id)}
    >
      <span class="ix"><${Icon} name=${kind === "bad" ? "alert" : "help"} /></span>
      <div class="cell">
        <div class="nm"><span class="cut">${redTitle(line)}</span></div>
        <div class="mt"><span class="x cut">${t("line.not_in_total")}</span></div>
      </div>
      <div class="act">
        <button type="button" class="first" onClick=${() => first(line)}>
          ${t(kind === "bad" ? "line.answer_choose" : "line.answer_pick")}
        </button>
        <button type="button" onClick=${() => answers.remove(line)}>${t("line.answer_remove")}</button>
      </div>
    </div>
  `;
});

const PendingRow = memo(function PendingRow({ scan }) {
  return html`
    <div class="row ln wait" id=${"scan-" + scan.number} role="row">
      <span class="ix"><${Icon} name="wait" /></span>
      <div class="cell">
        <div class="nm"><span class="cut">${mask(scan.code)}</span></div>
        <div class="mt"><span class="cut">${t("line.looking_up", { n: scan.number })}</span></div>
      </div>
      <span class="num q">${formatQuantity(scan.quantity || 1000)}</span>
      <span class="num up"></span>
      <span class="num am"></span>
    </div>
  `;
});

function select(id) {
  set({ selected: page.selected === id ? null : id });
}

function useNewestInView(marker, focusLine) {
  const box = useRef(null);
  const [above, setAbove] = useState(0);
  const measure = () => {
    const element = box.current;
    setAbove(element ? Math.ceil((element.scrollTop - 8) / ROW_HEIGHT) : 0);
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const row = focusLine && document.getElementById("line-" + focusLine);
    if (row) row.scrollIntoView({ block: "nearest" });
    else element.scrollTop = element.scrollHeight;
    measure();
  }, [marker, focusLine]);
  const pageUp = () => box.current && box.current.scrollBy({ top: -box.current.clientHeight + ROW_HEIGHT });
  return { box, above, measure, pageUp };
}

/** The scans whose answers take longer than a blink. */
function useLate(pending) {
  const [late, setLate] = useState(0); // the number of the newest scan that is late
  const newest = pending.length ? pending[pending.length - 1].number : 0;
  useEffect(() => {
    if (newest > late) setTimeout(() => setLate((known) => Math.max(known, newest)), BLINK_MS);
  }, [newest]);
  return pending.filter((scan) => scan.number <= late);
}

/** All rows of the basket with the pending ones; `answers` serve the red rows. */
export function BasketRows({ basket, pending: scans, selected, fresh, exponent, answers }) {
  const pending = useLate(scans);
  const lines = basket.lines;
  const last = lines[lines.length - 1];
  const marker = `${lines.length}.${pending.length}.${last ? last.id : ""}.${fresh ? fresh.id : ""}`;
  const { box, above, measure, pageUp } = useNewestInView(marker, selected || (!pending.length && fresh && fresh.id));
  return html`
    <div class="row bh" role="row">
      <span>#</span>
      <span>${t("column.item")}</span>
      <span class="num">${t("column.quantity")}</span>
      <span class="num up">${t("column.price")}</span>
      <span class="num">${t("column.amount")}</span>
    </div>
    <div class="rows" ref=${box} onScroll=${measure} role="table" tabindex="-1">
      <div class="push"></div>
      ${lines.map((line, n) => (line.state === "ok"
        ? html`
          <${GoodRow}
            key=${line.id}
            line=${line}
            index=${n + 1}
            selected=${line.id === selected}
            newest=${fresh && fresh.id === line.id ? fresh.added : null}
            exponent=${exponent}
            onSelect=${select}
          />
        `
        : html`
          <${RedRow}
            key=${line.id}
            line=${line}
            selected=${line.id === selected}
            answers=${answers}
            onSelect=${select}
          />
        `))}
      ${pending.map((scan) => html`<${PendingRow} key=${"scan" + scan.number} scan=${scan} />`)}
    </div>
    ${above > 0 && html`
      <button type="button" class="more" onClick=${pageUp}>
        <${Icon} name="up" />
        ${t("basket.above", { n: above })} · PgUp
      </button>
    `}
  `;
}
