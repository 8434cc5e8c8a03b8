/**
 * The sale: basket on the left with the entry box below it, quick keys and number pad on the right, total and the
 * one primary button at the bottom right.
 */
import { html, useState } from "../ui.mjs";
import { page, set } from "../store.mjs";
import { t } from "../texts.mjs";
import { formatMinor, formatQuantity, parseQuantity, looksLikeBarcode } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { go, openDialog, notify, hush } from "../flow.mjs";
import * as verbs from "../verbs.mjs";
import { BasketRows } from "../parts/rows.mjs";
import { QuickKeys } from "../parts/quick.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Pad, SALE_PAD, edit } from "../parts/keypad.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";
import { Done } from "../parts/done.mjs";
import { useHomeFocus } from "../parts/fields.mjs";

const PAGE_OF_LINES = 8;

function withLine(action) {
  return () => {
    const line = verbs.currentLine();
    if (line && line.state === "ok") action(line);
    else notify("warn", t("basket.no_line"));
  };
}

/** Every command of the sale screen in the order of the buttons. */
export function saleCommands() {
  const discountBasket = () => {
    if (page.state.basket.lines.length) openDialog("discount", { line: null });
    else notify("warn", t("basket.no_line"));
  };
  return [
    { key: "F1", cap: "F1", label: t("key.help"), run: () => openDialog("help"), wide: true },
    { key: "F2", cap: "F2", label: t("key.search"), run: () => openDialog("search", { query: "", purpose: "sell" }) },
    { key: "F3", cap: "F3", label: t("key.price_check"), run: () => openDialog("check") },
    { key: "F4", cap: "F4", label: t("key.quantity"), run: withLine((line) => openDialog("quantity", { line })) },
    { key: "F5", cap: "F5", label: t("key.discount"), run: withLine((line) => openDialog("discount", { line })) },
    { key: "F6", cap: "F6", label: t("key.hold"), run: verbs.hold },
    {
      key: "Shift+F6",
      cap: "Shift F6",
      label: t("key.recall"),
      badge: page.state.held_count || null,
      run: () => go("held"),
    },
    { key: "F8", cap: "F8", label: t("key.discount_basket"), run: discountBasket },
    { key: "Delete", cap: "Del", label: t("key.remove"), run: () => verbs.removeLine() },
    { key: "Ctrl+Delete", cap: "Ctrl Del", label: t("key.void"), run: verbs.abort },
    { key: "Insert", cap: "Ins", label: t("key.receipts"), run: () => go("receipts") },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: verbs.lock, wide: true },
    { key: "F10", cap: "F10", label: t("key.drawer"), run: verbs.openDrawer },
    { key: "Shift+F9", cap: "Shift F9", label: t("key.more"), run: () => openDialog("more") },
  ];
}

/** Keys without a button. */
function silentKeys({ text, setText, enter, times }) {
  return {
    Enter: enter,
    "*": times,
    "+": () => verbs.stepQuantity(1),
    "-": () => verbs.stepQuantity(-1),
    ArrowUp: () => verbs.moveSelection(-1),
    ArrowDown: () => verbs.moveSelection(1),
    PageUp: () => verbs.moveSelection(-PAGE_OF_LINES),
    PageDown: () => verbs.moveSelection(PAGE_OF_LINES),
    F9: verbs.pay,
    "Alt+8": () => openDialog("printer"),
    "Alt+9": () => page.state.shift && (page.state.shift.stale || page.state.shift.recount) && go("count"),
    Escape: () => {
      if (text) setText("");
      else set({ multiplier: null, selected: null, notice: null });
    },
  };
}

function Entry({ text, setText }) {
  const multiplier = page.multiplier;
  return html`
    <div class="entry">
      <label class="box" for="entry">
        <${Icon} name="scan" />
        <input
          id="entry"
          value=${text}
          inputmode="none"
          autocomplete="off"
          spellcheck="false"
          maxlength="128"
          aria-label=${t("entry.label")}
          placeholder=${t("entry.hint")}
          onInput=${(event) => setText(event.target.value)}
        />
      </label>
      <button
        type="button"
        id="times"
        class=${multiplier ? "qty" : "qty one"}
        onClick=${() => set({ multiplier: null })}
        aria-label=${t("entry.times", { n: formatQuantity(multiplier || 1000) })}
      >
        × ${formatQuantity(multiplier || 1000)}
      </button>
    </div>
  `;
}

function Totals({ state }) {
  const { totals } = state.basket;
  const { exponent, code } = state.currency;
  const off = totals.discount_minor;
  return html`
    <div class="tot">
      <div class="lab">
        <span>${t("total.label", { currency: code })} · ${t("total.pieces", { n: totals.pieces })}</span>
        ${off ? html`<span>${t("total.saved", { amount: formatMinor(off, exponent) })}</span>` : null}
      </div>
      <div class="big" id="total">${formatMinor(totals.total_minor, exponent)}</div>
    </div>
  `;
}

function blockedWords(state) {
  const blocked = state.basket.blocked.length;
  if (blocked) return { kind: "bad", lines: [t("pay.resolve_first"), t("pay.red_lines", { n: blocked })] };
  if (!state.basket.lines.length) return { kind: "wait", lines: [t("pay.no_goods")] };
  return null;
}

function useTimes(text, setText) {
  return () => {
    const typed = text.trim();
    if (looksLikeBarcode(typed)) {
      notify("bad", t("quantity.barcode"));
      return;
    }
    const quantity = typed ? parseQuantity(typed) : null;
    if (!quantity) {
      notify("warn", t("quantity.first_number"));
      return;
    }
    setText("");
    set({ multiplier: quantity, notice: null });
  };
}

const ANSWERS = { resolve: verbs.resolveLine, remove: verbs.removeLine, choose: verbs.chooseProduct };

/** The screen. */
export function Sale() {
  const { state, pending, selected } = page;
  const [text, setText] = useState("");
  useHomeFocus("entry", page.dialogs.length === 0);
  const times = useTimes(text, setText);
  const enter = () => {
    hush();
    verbs.enterText(text);
    setText("");
  };
  const commands = saleCommands();
  const keys = silentKeys({ text, setText, enter, times });
  useKeys({ ...keysOf(commands), ...keys });
  const padActions = { enter, times, up: keys.ArrowUp, down: keys.ArrowDown, "+": keys["+"], "-": keys["-"] };
  const onPad = (key) => (padActions[key] ? padActions[key]() : setText(edit(text, key)));
  const isDone = state.last_sale && !state.basket.lines.length && !pending.length;
  return html`
    <main class="basket">
      <${Notice} asks=${true} />
      ${isDone
        ? html`<${Done} sale=${state.last_sale} exponent=${state.currency.exponent} />`
        : html`
          <${BasketRows}
            basket=${state.basket}
            pending=${pending}
            selected=${selected}
            fresh=${page.fresh}
            exponent=${state.currency.exponent}
            answers=${ANSWERS}
          />
        `}
      ${!state.basket.lines.length && !pending.length && !isDone && html`<div class="empty">${t("basket.empty")}</div>`}
      <${Entry} text=${text} setText=${setText} />
    </main>
    <aside class="side">
      <${QuickKeys} pages=${state.quick_keys} exponent=${state.currency.exponent} />
      <${Pad} keys=${SALE_PAD} onKey=${onPad} wide=${["enter"]} />
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} />
      <div class="sum">
        <${Totals} state=${state} />
        <${Primary} label=${t("pay.label")} cap="F9" onPress=${verbs.pay} blocked=${blockedWords(state)} />
      </div>
    </footer>
  `;
}
