/**
 * Paying: the sums add up from top to bottom, the tenders stand in the middle, amounts are typed on the right.
 * Finish sends one request per basket, however often or long it is pressed.
 */
import { html, useState, useRef } from "../ui.mjs";
import { page, set } from "../store.mjs";
import { t } from "../texts.mjs";
import { formatMinor, formatShort, parseMinor, quickAmounts, looksLikeBarcode } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { act, actAhead, go, hush, notify, openDialog } from "../flow.mjs";
import { approvalProblem, figures, finishKey, forgetFinishKey } from "../tendering.mjs";
import { openDrawer, lock } from "../verbs.mjs";
import { scan } from "../scans.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";
import { Field, useHomeFocus } from "../parts/fields.mjs";

const METHODS = [["cash", "Alt+1", "Alt 1"], ["card", "Alt+3", "Alt 3"]];
const QUICK = 4;
const STEPS = [10, 20, 50, 100];

/** Cash steps of the chain in minor units (1 = none). */
function cashStep(state) {
  return state.currency.cash_step_minor || 1;
}

function Figures({ sums, method, exponent, step }) {
  const money = (minor) => formatMinor(minor, exponent);
  return html`
    <div class="fig">
      <div class="f">
        <span>${t("tender.payable")}</span>
        <b id="payable">${money(sums.payable)}</b>
      </div>
      <div class="f">
        <span>${t("tender.paid")}</span>
        <b id="paid">${money(sums.paid)}</b>
      </div>
      ${sums.rounding
        ? html`
          <div class="kv">
            <span class="mut">${t("tender.rounding", { step: formatShort(step, exponent) })}</span>
            <span>${money(sums.rounding)}</span>
          </div>
        `
        : null}
      <div class="f x">
        <span>${t("tender.left")}</span>
        <b id="left">${money(sums.left)}</b>
      </div>
      ${method === "cash" && html`
        <div class="f c">
          <span>${t("tender.change")}</span>
          ${sums.change ? html`<span>${money(sums.given)} − ${money(sums.left)}</span>` : null}
          <b id="change">${money(sums.change)}</b>
        </div>
      `}
    </div>
  `;
}

function TenderRow({ tender, exponent, onRemove }) {
  return html`
    <div class="ti">
      <span class="ok"><${Icon} name="ok" /></span>
      <div>
        <span>${t("tender." + tender.kind)}</span>
        <span class="sm mut">
          ${tender.approval ? t("tender.approval_is", { code: tender.approval }) : t("tender.taken")}
        </span>
      </div>
      <b class="num">${formatMinor(tender.given_minor, exponent)}</b>
      <button type="button" class="del" aria-label=${t("tender.remove")} onClick=${() => onRemove(tender.n)}>
        <${Icon} name="close" />
      </button>
    </div>
  `;
}

function Tenders({ tenders, method, sums, exponent, approval, setApproval, onRemove }) {
  return html`
    <div class="tl">
      <div class="kv">
        <b class="plain">${t("tender.list")}</b>
        <span class="sm mut">${t("tender.list_hint")}</span>
      </div>
      ${tenders.map((tender) => html`
        <${TenderRow} key=${tender.n} tender=${tender} exponent=${exponent} onRemove=${onRemove} />
      `)}
      ${sums.left > 0 && html`
        <div class="ti on">
          <${Icon} name="edit" />
          <div>
            <b class="plain">${t("tender." + method)}</b>
            <span class="sm mut">${t("tender.typing")}</span>
          </div>
          <b class="num">${formatMinor(sums.given, exponent)}</b>
        </div>
      `}
      ${method === "card" && html`
        <${Field}
          id="approval"
          cap="↓"
          label=${t("tender.approval")}
          value=${approval}
          hint=${t("tender.approval_hint")}
          error=${approvalProblem(approval)}
          onText=${setApproval}
        />
      `}
      <span class="sp"></span>
      <div class="note info">
        <${Icon} name="lock" />
        <span>${t("tender.kept")}</span>
      </div>
    </div>
  `;
}

function CashKeys({ sums, state, text, onAmount, onPlus }) {
  const { exponent, denominations } = state.currency;
  const unit = 10 ** exponent;
  const quick = quickAmounts(sums.left, denominations, QUICK);
  const steps = STEPS.map((step) => step * unit).filter((step) => denominations.includes(step));
  return html`
    <div class="cash">
      ${quick.map((minor, n) => html`
        <button type="button" key=${"q" + minor} data-quick=${minor} onClick=${() => onAmount(minor)}>
          ${n ? formatShort(minor, exponent) : formatMinor(minor, exponent)}
          ${n === 0 && html`<small>${t("tender.exact")}</small>`}
        </button>
      `)}
      ${quick.length < QUICK && Array.from({ length: QUICK - quick.length }, () => html`<span></span>`)}
      ${steps.map((minor, n) => html`
        <button type="button" key=${"s" + minor} data-plus=${minor} onClick=${() => onPlus(minor)}>
          +${formatShort(minor, exponent)}
          <small>F${n + 1}</small>
        </button>
      `)}
    </div>
  `;
}

/** Everything that the tender does; kept apart from its picture. */
function useTender(state, typing) {
  const inFlight = useRef(false);
  const { text, setText, method, approval, setApproval, wrong, sums, typed } = typing;
  const { basket, currency } = state;

  async function add() {
    if (!sums.given) return;
    const wish = { kind: method, given_minor: sums.given };
    if (method === "card" && approval) wish.approval = approval;
    setText("");
    if (await act("tender/add", wish, { ask: { title: t("tender." + method) } })) setApproval("");
    else setText(text);
  }

  async function finish() {
    const more = sums.left > 0 || (!basket.tenders.length && sums.left === 0);
    const wish = { kind: method, given_minor: sums.given };
    if (method === "card" && approval) wish.approval = approval;
    const body = { basket: basket.id, version: state.version, add: more ? [wish] : [] };
    inFlight.current = true;
    const own = (error) => finishRefused(error, basket.id);
    const answer = await actAhead("sale/finish", body, { key: finishKey(basket.id), own });
    inFlight.current = false;
    if (answer) set({ screen: "sale", screenProps: {}, dialogs: [], selected: null, multiplier: null });
  }

  const left = () => formatMinor(sums.left, currency.exponent);
  return {
    enter() {
      if (inFlight.current || page.pending.length) return;
      if (wrong) notify("bad", wrong);
      else if (text && looksLikeBarcode(text)) notify("bad", t("tender.barcode"));
      else if (text && typed === null) notify("bad", t("tender.not_amount", { text }));
      else if (sums.verb === "too_much") notify("bad", t("tender.card_too_much", { left: left() }));
      else if (sums.verb === "add") add();
      else finish();
    },
    split() {
      if (wrong) notify("bad", wrong);
      else if (!inFlight.current && typed && sums.verb === "add") add();
      else notify("info", t("tender.split_hint"));
    },
    remove(n) {
      const last = basket.tenders[basket.tenders.length - 1];
      const wanted = n === undefined ? last && last.n : n;
      if (wanted !== undefined) act("tender/remove", { n: wanted }, { ask: { title: t("tender.remove") } });
    },
  };
}

function finishRefused(error, basketId) {
  forgetFinishKey(basketId);
  if (!/price/.test(error.code)) return false;
  openDialog("prices", {});
  return true;
}

function tenderCommands({ tender, setMethod, state }) {
  const commands = [
    { key: "Escape", cap: "Esc", label: t("key.back_to_basket"), run: () => go("sale") },
    { key: "F5", cap: "F5", label: t("key.split"), run: tender.split },
    { key: "F6", cap: "F6", label: t("key.remove_tender"), run: () => tender.remove() },
    { key: "F10", cap: "F10", label: t("key.drawer"), run: openDrawer },
    { key: "Insert", cap: "Ins", label: t("key.receipts"), run: () => go("receipts", { back: "tender" }) },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "Enter", keys: ["F9"], run: tender.enter },
  ];
  for (const [method, key] of METHODS) commands.push({ key, run: () => setMethod(method) });
  return commands;
}

function primaryWords(sums, state, text) {
  const { exponent } = state.currency;
  const money = (minor) => formatMinor(minor, exponent);
  if (sums.verb === "add") {
    return {
      label: t("tender.add_label", { amount: money(sums.given) }),
      note: t("tender.add_note", { left: money(sums.left - sums.given) }),
    };
  }
  const note = sums.change ? t("tender.finish_change", { change: money(sums.change) }) : t("tender.finish_note");
  return { label: t("tender.finish"), note };
}

function useAmount(state) {
  const [text, setText] = useState("");
  const [method, setMethod] = useState("cash");
  const [approval, setApproval] = useState("");
  const typed = text === "" ? null : parseMinor(text, state.currency.exponent);
  const sums = figures({ basket: state.basket, cashStep: cashStep(state), method, typed });
  const wrong = method === "card" ? approvalProblem(approval) : "";
  /** Typed by hand: what was wrong before is not said of what stands there now. */
  const byHand = (put) => (value) => {
    if (page.notice && page.notice.kind === "bad") hush();
    put(value);
  };
  return {
    text, setText, type: byHand(setText), method, setMethod: byHand(setMethod),
    approval, setApproval, typeApproval: byHand(setApproval), wrong, typed, sums,
  };
}

async function scanWhilePaying({ code, at }) {
  const answer = await scan(code, "wedge", { at });
  if (answer && answer.state) {
    const { basket, currency } = answer.state;
    const total = formatMinor(basket.totals.total_minor, currency.exponent);
    notify(basket.blocked.length ? "bad" : "warn", t("tender.scanned", { code, total }));
    if (basket.blocked.length) set({ screen: "sale" });
  }
}

/** The screen. */
export function Tender() {
  const { state } = page;
  const typing = useAmount(state);
  const { text, type, method, setMethod, sums, typed, wrong } = typing;
  const { exponent } = state.currency;
  const tender = useTender(state, typing);
  const commands = tenderCommands({ tender, setMethod, state });
  const plus = (minor) => type(formatMinor((typed || 0) + minor, exponent, false));
  const fixed = (minor) => type(formatMinor(minor, exponent, false));
  const fkeys = {};
  STEPS.forEach((step, n) => {
    fkeys[`F${n + 1}`] = () => plus(step * 10 ** exponent);
  });
  const focus = (id) => () => document.getElementById(id)?.focus();
  useKeys(
    { ...keysOf(commands), ...fkeys, ArrowDown: focus("approval"), ArrowUp: focus("amount") },
    { onScan: scanWhilePaying },
  );
  useHomeFocus("amount", page.dialogs.length === 0);
  const words = primaryWords(sums, state, text);
  return html`
    <main class="tend">
      <div class="meth">
        ${METHODS.map(([name, , cap]) => html`
          <button
            type="button"
            key=${name}
            id=${"method-" + name}
            aria-pressed=${method === name}
            class=${method === name ? "on" : ""}
            onClick=${() => setMethod(name)}
          >
            <${Icon} name=${name} />
            <span>${t("tender." + name)}</span>
            <small>${cap}</small>
          </button>
        `)}
      </div>
      <div class="tb">
        <${Figures} sums=${sums} method=${method} exponent=${exponent} step=${cashStep(state)} />
        <${Tenders}
          tenders=${state.basket.tenders}
          method=${method}
          sums=${sums}
          exponent=${exponent}
          approval=${typing.approval}
          setApproval=${typing.typeApproval}
          onRemove=${tender.remove}
        />
      </div>
      <${Notice} />
    </main>
    <aside class="side t">
      <label class="inp" for="amount">
        <span class="mut">${t(method === "cash" ? "tender.cash_received" : "tender.card_amount")}</span>
        <input
          id="amount"
          class="big"
          value=${text}
          placeholder=${formatMinor(sums.left, exponent, false)}
          inputmode="none"
          autocomplete="off"
          maxlength="16"
          onInput=${(event) => type(event.target.value)}
        />
      </label>
      ${method === "cash"
        ? html`<${CashKeys} sums=${sums} state=${state} text=${text} onAmount=${fixed} onPlus=${plus} />`
        : html`
          <div class="note info card-note">
            <${Icon} name="card" />
            <span>${t("tender.card_note")}</span>
          </div>
        `}
      <${Pad}
        keys=${AMOUNT_PAD}
        onKey=${(key) => type(edit(text, key, 12))}
        className="pad four"
        wide=${["0", "00"]}
      />
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <${Primary}
        wide=${true}
        label=${words.label}
        cap="Enter"
        note=${words.note}
        onPress=${tender.enter}
        blocked=${wrong ? { kind: "bad", lines: [t("tender.approval_fix")] } : null}
      />
    </footer>
  `;
}
