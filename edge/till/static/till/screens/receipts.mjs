/**
 * Insert: the receipts of the store, found by number, time, amount or the QR on the paper; view one, print a COPY,
 * start a return.
 */
import { html, useState, useEffect, useNewest } from "../ui.mjs";
import { page, set } from "../store.mjs";
import { t, known } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { act, ask, go, notify, openDialog } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { lock } from "../verbs.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Icon } from "../parts/icons.mjs";
import { Notice } from "../parts/notice.mjs";
import { Paper } from "../parts/paper.mjs";
import { useHomeFocus } from "../parts/fields.mjs";

function shiftDay(day, step) {
  const date = new Date(Date.parse(day + "T00:00:00Z") + step * 86400000);
  return date.toISOString().slice(0, 10);
}

function useReceipts(props) {
  const [query, setQuery] = useState(props.find || "");
  const [day, setDay] = useState(page.state.day);
  const [rows, setRows] = useState(null);
  const [chosen, setChosen] = useState(null);
  const [view, setView] = useState(null);
  const beginList = useNewest();
  const beginView = useNewest();
  async function askLast(path) {
    const newest = beginList();
    const answer = await ask(path);
    return newest() ? answer : null;
  }
  async function load(text, ofDay) {
    const answer = await askLast(`receipts?q=${encodeURIComponent(text)}&day=${text ? "" : ofDay}`);
    if (!answer) return;
    setRows(answer.receipts);
    setChosen(answer.receipts.length ? answer.receipts[0].id : null);
  }
  async function find(code) {
    const answer = await askLast("receipts/find?code=" + encodeURIComponent(code));
    if (!answer) return;
    const { receipt } = answer;
    setRows([receipt]);
    setChosen(receipt.id);
    setQuery("");
  }
  useEffect(() => {
    if (props.find) find(props.find);
    else load("", day);
  }, []);
  useEffect(() => {
    const newest = beginView();
    setView(null);
    if (!chosen) return;
    ask("receipts/" + encodeURIComponent(chosen)).then((answer) => newest() && answer && setView(answer.receipt));
  }, [chosen]);
  const turn = (step) => {
    const next = shiftDay(day, step);
    if (next > page.state.day) return;
    setDay(next);
    load("", next);
  };
  return {
    query,
    setQuery,
    day,
    rows: rows || [],
    loaded: rows !== null,
    chosen,
    setChosen,
    view,
    find,
    load: () => load(query.trim(), day),
    turn,
  };
}

function Row({ receipt, on, onChoose, exponent }) {
  const paid = receipt.kind === "return" ? -receipt.payable_minor : receipt.payable_minor;
  return html`
    <tr class=${on ? "sel" : ""} aria-selected=${on} data-receipt=${receipt.number} onClick=${onChoose}>
      <td>
        <b class="big">${receipt.time.slice(11)}</b>
        <div class="sm mut">${receipt.time.slice(0, 10)}</div>
      </td>
      <td>
        ${receipt.number}
        <div class="sm mut">
          ${kindName(receipt.kind)}
          ${receipt.copies ? " · " + t("receipts.copies", { n: receipt.copies }) : ""}
        </div>
      </td>
      <td>
        ${receipt.staff_name}
        <div class="sm mut">${t("top.lane", { lane: receipt.terminal })}</div>
      </td>
      <td class="num">${t("total.pieces", { n: receipt.pieces })}</td>
      <td class="num"><b class="big">${formatMinor(paid, exponent)}</b></td>
    </tr>
  `;
}

/** The screen. */
export function Receipts() {
  const { state, screenProps } = page;
  const list = useReceipts(screenProps);
  const { rows, chosen, view } = list;
  const { exponent } = state.currency;
  useHomeFocus("receipt-box", page.dialogs.length === 0);
  const back = () => go(screenProps.back || "sale");
  const backLabel = screenProps.back === "tender" ? t("key.back_to_tender") : t("key.back_to_sale");
  const at = rows.findIndex((row) => row.id === chosen);
  const move = (step) => () => {
    if (rows.length) list.setChosen(rows[Math.max(0, Math.min(rows.length - 1, at + step))].id);
  };
  const number = view && (view.number || (rows[at] && rows[at].number));
  async function reprint() {
    if (!chosen) return;
    const key = newKey();
    const answer = await openDialog("reason", { title: t("receipts.reprint"), icon: "printer", list: "reprint" });
    if (!answer) return;
    const path = `receipts/${encodeURIComponent(chosen)}/reprint`;
    const question = { title: t("receipts.reprint"), detail: number };
    const done = await act(path, { reason: answer.reason }, { key, ask: question });
    if (done) notify("info", t("receipts.reprinted", { number }));
  }
  const returnable = view && (view.returnable || []).some((line) => line.left > 0);
  const startReturn = () => {
    if (returnable) set({ screen: "return", screenProps: { id: chosen }, notice: null });
    else notify("warn", t("receipts.nothing_left"));
  };
  const commands = [
    { key: "Escape", cap: "Esc", label: backLabel, run: back },
    { key: "F3", cap: "F3", label: t("receipts.day_before"), run: () => list.turn(-1) },
    { key: "F4", cap: "F4", label: t("receipts.day_after"), run: () => list.turn(1) },
    { key: "F5", cap: "F5", label: t("receipts.reprint"), run: reprint },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "F1", cap: "F1", label: t("key.help"), run: () => openDialog("help") },
  ];
  useKeys(
    { ...keysOf(commands), Enter: list.load, ArrowUp: move(-1), ArrowDown: move(1), F9: startReturn },
    { onScan: ({ code }) => list.find(code) },
  );
  const blocked = returnable ? null : { kind: "wait", lines: [t("receipts.choose_one")] };
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("receipts.title")}</h1>
        <label class="box" for="receipt-box">
          <${Icon} name="scan" />
          <input
            id="receipt-box"
            value=${list.query}
            autocomplete="off"
            maxlength="60"
            aria-label=${t("receipts.title")}
            placeholder=${t("receipts.hint")}
            onInput=${(event) => list.setQuery(event.target.value)}
          />
        </label>
        <span class="mut">${list.day}</span>
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>${t("receipts.time")}</th>
              <th>${t("receipts.number")}</th>
              <th>${t("top.clerk")}</th>
              <th class="num">${t("column.quantity")}</th>
              <th class="num">${t("column.amount")}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((receipt) => html`
              <${Row}
                key=${receipt.id}
                receipt=${receipt}
                on=${receipt.id === chosen}
                onChoose=${() => list.setChosen(receipt.id)}
                exponent=${exponent}
              />
            `)}
          </tbody>
        </table>
        ${list.loaded && !rows.length && html`<div class="empty">${t("receipts.none")}</div>`}
      </div>
      <${Notice} />
    </main>
    <aside class="aside">${chosen && html`<${Paper} view=${view} exponent=${exponent} />`}</aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <${Primary}
        wide=${true}
        label=${t("receipts.return")}
        cap="F9"
        note=${number || ""}
        onPress=${startReturn}
        blocked=${chosen ? blocked : { kind: "wait", lines: [t("receipts.choose_one")] }}
      />
    </footer>
  `;
}

/** The name of a receipt's kind, for lists. */
export function kindName(kind) {
  return known("receipts.kind." + kind) ? t("receipts.kind." + kind) : kind;
}
