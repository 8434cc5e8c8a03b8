/** Goods in and write-off, plain: scan or search, how many, why; whoever may not outright asks for an approval. */
import { html, useState, useRef } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatQuantity, parseQuantity, looksLikeBarcode } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { act, ask, go, notify, openDialog } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { lock } from "../verbs.mjs";
import { play } from "../sounds.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";
import { Field, Reasons, reasonKeys, useHomeFocus } from "../parts/fields.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";

const LINES_MAX = 500; // as the node takes at once

function useGoods() {
  const [lines, setLines] = useState([]);
  const [at, setAt] = useState(0);
  const add = (product, quantity) => setLines((now) => {
    const found = now.findIndex((line) => line.sku === product.sku);
    if (found >= 0) {
      setAt(found);
      return now.map((line, n) => (n === found ? { ...line, quantity: line.quantity + quantity } : line));
    }
    if (now.length >= LINES_MAX) {
      play("error");
      notify("warn", t("goods.full", { n: LINES_MAX }));
      return now;
    }
    setAt(now.length);
    return [...now, { ...product, quantity }];
  });
  const change = (n, quantity) => setLines((now) => now.map((line, place) => (
    place === n ? { ...line, quantity: Math.max(1, quantity) } : line
  )));
  const remove = (n) => {
    setLines((now) => now.filter((_, place) => place !== n));
    setAt(Math.max(0, n - 1));
  };
  const clear = () => setLines([]);
  return { lines, at: Math.min(at, Math.max(0, lines.length - 1)), setAt, add, change, remove, clear };
}

function Row({ line, on, onChoose, onStep, onRemove }) {
  return html`
    <tr class=${on ? "sel" : ""} data-sku=${line.sku} onClick=${onChoose}>
      <td>
        <span lang=${languageOf(line.name)}>${pick(line.name)}</span> <span class="mut">${pick(line.spec)}</span>
        <div class="sm mut">${line.code || line.sku}</div>
      </td>
      <td>
        <div class="step">
          <button type="button" aria-label=${t("pad.less")} onClick=${() => onStep(-1000)}>−</button>
          <b>${formatQuantity(line.quantity, line.weighed)}</b>
          <button type="button" aria-label=${t("pad.plus")} onClick=${() => onStep(1000)}>+</button>
        </div>
      </td>
      <td class="num">
        <button type="button" class="del" aria-label=${t("line.answer_remove")} onClick=${onRemove}>
          <${Icon} name="close" />
        </button>
      </td>
    </tr>
  `;
}

async function findProduct(code) {
  const answer = await ask("price-check?code=" + encodeURIComponent(code));
  if (!answer) return null;
  if (answer.results.length === 1) return answer.results[0];
  if (!answer.results.length) {
    play("error");
    notify("bad", t("check.none", { code }));
    return null;
  }
  return openDialog("search", { query: code, purpose: "pick" });
}

/** What has to be done before the goods are booked; "" when nothing is missing. */
function missingWords(work, { receiving, reference, reason }) {
  if (!work.lines.length) return t("goods.no_lines");
  if (receiving) return reference.trim() ? "" : t("goods.need_reference");
  return reason ? "" : t("reason.needed");
}

/** The screen; `mode` is "receive" or "write_off". */
export function Goods() {
  const { state, screenProps } = page;
  const receiving = screenProps.mode === "receive";
  const work = useGoods();
  const [text, setText] = useState("");
  const [reference, setReference] = useState("");
  const [reason, setReason] = useState("");
  const [times, setTimes] = useState(1000);
  const [key, setKey] = useState(newKey);
  const inFlight = useRef(false);
  useHomeFocus("goods-box", page.dialogs.length === 0);
  const reasons = state.reasons.write_off || [];
  const put = async (code) => {
    const product = await findProduct(code);
    if (product) work.add(product, times);
    setTimes(1000);
  };
  const enter = () => {
    const typed = text.trim();
    setText("");
    if (typed) put(typed);
  };
  const multiply = () => {
    const quantity = looksLikeBarcode(text) ? null : parseQuantity(text);
    if (!quantity) notify("warn", t("quantity.first_number"));
    else setTimes(quantity);
    setText("");
  };
  const current = work.lines[work.at];
  const missing = missingWords(work, { receiving, reference, reason });
  async function book() {
    if (missing || inFlight.current) return;
    inFlight.current = true;
    const lines = work.lines.map((line) => ({ sku: line.sku, quantity: line.quantity }));
    const body = receiving ? { reference: reference.trim(), lines } : { reason, note: reference.trim(), lines };
    const path = receiving ? "stock/receive" : "stock/write-off";
    const done = await act(path, body, { key, ask: { title: t("more." + screenProps.mode) } });
    inFlight.current = false;
    if (!done) return;
    setKey(newKey());
    work.clear();
    setReference("");
    notify("info", t("goods.done", { n: lines.length }));
  }
  const search = async () => {
    const product = await openDialog("search", { query: "", purpose: "pick" });
    if (product) work.add(product, times);
  };
  const commands = [
    { key: "Escape", cap: "Esc", label: t("key.back_to_sale"), run: () => go("sale") },
    { key: "F2", cap: "F2", label: t("key.search"), run: search },
    { key: "*", cap: "N *", label: t("goods.times"), run: multiply },
    { key: "Delete", cap: "Del", label: t("key.remove"), run: () => current && work.remove(work.at) },
    { key: "ArrowUp", cap: "↑", label: t("key.line_up"), run: () => work.setAt(Math.max(0, work.at - 1)) },
    {
      key: "ArrowDown",
      cap: "↓",
      label: t("key.line_down"),
      run: () => work.setAt(Math.min(work.lines.length - 1, work.at + 1)),
    },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
  ];
  const step = (by) => () => current && work.change(work.at, current.quantity + by);
  const keys = { Enter: enter, "+": step(1000), "-": step(-1000), F9: book };
  useKeys(
    { ...keysOf(commands), ...reasonKeys(reasons, setReason), ...keys },
    { onScan: ({ code }) => put(code) },
  );
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("more." + screenProps.mode)}</h1>
        <label class="box" for="goods-box">
          <${Icon} name="scan" />
          <input
            id="goods-box"
            value=${text}
            inputmode="none"
            autocomplete="off"
            maxlength="128"
            aria-label=${t("entry.label")}
            placeholder=${t("entry.hint")}
            onInput=${(event) => setText(event.target.value)}
          />
        </label>
        <b class="qty one">× ${formatQuantity(times)}</b>
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>${t("column.item")}</th>
              <th>${t("column.quantity")}</th>
              <th></th>
            </tr>
          </thead>
          <tbody>
            ${work.lines.map((line, n) => html`
              <${Row}
                key=${line.sku}
                line=${line}
                on=${n === work.at}
                onChoose=${() => work.setAt(n)}
                onStep=${(by) => work.change(n, line.quantity + by)}
                onRemove=${() => work.remove(n)}
              />
            `)}
          </tbody>
        </table>
        ${!work.lines.length && html`<div class="empty">${t("goods.empty")}</div>`}
      </div>
      <${Notice} />
    </main>
    <aside class="aside">
      <${Field}
        id="goods-reference"
        label=${t(receiving ? "goods.reference" : "reason.note")}
        value=${reference}
        onText=${setReference}
        limit=${40}
      />
      ${!receiving && html`<${Reasons} reasons=${reasons} value=${reason} onPick=${setReason} />`}
      <${Pad}
        keys=${AMOUNT_PAD}
        onKey=${(pad) => setText(edit(text, pad, 24))}
        className="pad four grow"
        wide=${["0", "00"]}
      />
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <${Primary}
        wide=${true}
        label=${t("goods.book")}
        cap="F9"
        note=${t("goods.lines", { n: work.lines.length })}
        onPress=${book}
        blocked=${missing ? { kind: "wait", lines: [missing] } : null}
      />
    </footer>
  `;
}
