/**
 * A return of one receipt: how many of each line, why, and where the money goes (the old tender first; the node
 * says the exact sum before anything happens).
 */
import { html, useState, useEffect, useRef, useNewest } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatMinor, formatQuantity } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { act, ask, go, notify, openDialog } from "../flow.mjs";
import { newKey, post } from "../api.mjs";
import { lock } from "../verbs.mjs";
import { approvalProblem } from "../tendering.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Field, Reasons, reasonKeys, Note } from "../parts/fields.mjs";
import { Notice } from "../parts/notice.mjs";
import { refuseScan } from "../scans.mjs";

const PIECE = 1000;

function stepOf(line) {
  return line.left % PIECE === 0 && line.quantity % PIECE === 0 ? PIECE : line.left;
}

function useQuote(original, chosen, tenders) {
  const [quote, setQuote] = useState(null);
  const begin = useNewest();
  const key = JSON.stringify([chosen, tenders]);
  useEffect(() => {
    const newest = begin();
    if (!chosen.length) {
      setQuote(null);
      return;
    }
    const body = { original, reason: "", lines: chosen };
    if (tenders) body.tenders = tenders;
    post("returns/quote", body, { attempts: 2 })
      .then((answer) => newest() && setQuote(answer))
      .catch((error) => newest() && (setQuote(null), notify("bad", error.message)));
  }, [key]);
  return quote;
}

function Stepper({ line, count, onStep }) {
  if (line.left <= 0) return html`<span class="tag n">${t("return.all_back")}</span>`;
  return html`
    <div class="step" data-line=${line.line}>
      <button type="button" aria-label=${t("pad.less")} onClick=${() => onStep(-1)}>−</button>
      <b>${formatQuantity(count)}</b>
      <button type="button" aria-label=${t("pad.plus")} onClick=${() => onStep(1)}>+</button>
    </div>
  `;
}

function Row({ line, on, count, amount, onStep, onChoose, exponent }) {
  return html`
    <tr
      class=${(count ? "sel" : "") + (line.left <= 0 ? " off" : "") + (on ? " at" : "")}
      aria-selected=${on}
      onClick=${onChoose}
    >
      <td>
        <span lang=${languageOf(line.name)}>${pick(line.name)}</span>
        ${line.spec && html` <span class="mut">${line.spec}</span>`}
        <div class="sm mut">${line.code || line.sku}</div>
      </td>
      <td class="num">${formatQuantity(line.quantity)}</td>
      <td class="num"><b>${formatQuantity(line.left)}</b></td>
      <td class="num">${formatMinor(line.total_minor, exponent)}</td>
      <td><${Stepper} line=${line} count=${count} onStep=${onStep} /></td>
      <td class="num">
        <b class="big">${!count ? "—" : amount === null ? "…" : formatMinor(-amount, exponent)}</b>
      </td>
    </tr>
  `;
}

/** What goes back for a line, as the node worked it out; null until it has. */
function lineAmount(quote, line, count) {
  const found = quote && quote.lines.find((row) => row.line === line.line && row.quantity === count);
  return found ? found.total_minor : null;
}

function Where({ quote, exponent, approval, setApproval, inCash, setInCash }) {
  const tenders = (quote && quote.tenders) || [];
  const card = tenders.some((tender) => tender.kind === "card");
  return html`
    <div class="card">
      <h2>${t("return.where")}</h2>
      ${tenders.map((tender, n) => html`
        <div class="kv" key=${n}>
          <span>${t("tender." + tender.kind)}</span>
          <b>${formatMinor(tender.amount_minor, exponent)}</b>
        </div>
      `)}
      ${!tenders.length && html`<div class="mut">${t("return.none_yet")}</div>`}
      ${quote && quote.rounding_minor
        ? html`
          <div class="kv">
            <span class="mut">${t("return.rounding")}</span>
            <span>${formatMinor(quote.rounding_minor, exponent)}</span>
          </div>
        `
        : null}
      <div class="opt">
        <button
          type="button"
          id="refund-original"
          aria-pressed=${!inCash}
          class=${inCash ? "" : "on"}
          onClick=${() => setInCash(false)}
        >
          ${t("return.original")}
        </button>
        <button
          type="button"
          id="refund-cash"
          aria-pressed=${inCash}
          class=${inCash ? "on" : ""}
          onClick=${() => setInCash(true)}
        >
          ${t("return.in_cash")}
          <kbd>F6</kbd>
        </button>
      </div>
      ${card && html`
        <${Field}
          id="refund-approval"
          label=${t("tender.approval")}
          value=${approval}
          hint=${t("return.card_note")}
          error=${approvalProblem(approval)}
          onText=${setApproval}
        />
      `}
    </div>
  `;
}

function useReturn(receiptId) {
  const [receipt, setReceipt] = useState(null);
  const [counts, setCounts] = useState({});
  const [at, setAt] = useState(0);
  useEffect(() => {
    let here = true;
    ask("receipts/" + encodeURIComponent(receiptId)).then((answer) => {
      if (answer) setReceipt(answer.receipt);
      else if (here) go("receipts");
    });
    return () => {
      here = false;
    };
  }, []);
  const sold = new Map(((receipt && receipt.payload.lines) || []).map((line) => [line.line, line]));
  const lines = ((receipt && receipt.returnable) || []).map((line) => {
    const was = sold.get(line.line);
    return { ...line, code: was?.code || line.sku, spec: was?.spec };
  });
  const step = (line, direction) => {
    const unit = stepOf(line);
    const next = Math.max(0, Math.min(line.left, (counts[line.line] || 0) + direction * unit));
    setCounts({ ...counts, [line.line]: next });
  };
  const all = () => setCounts(Object.fromEntries(lines.map((line) => [line.line, line.left])));
  const chosen = lines
    .filter((line) => counts[line.line] > 0)
    .map((line) => ({ line: line.line, quantity: counts[line.line] }));
  return { receipt, lines, counts, at, setAt, step, all, chosen };
}

function scanInto(work) {
  return ({ code }) => {
    const n = work.lines.findIndex((line) => line.code === code || line.sku === code);
    if (n < 0) refuseScan(code, t("return.not_on_receipt"));
    else {
      work.setAt(n);
      work.step(work.lines[n], 1);
    }
  };
}

function Original({ receipt }) {
  return html`
    <div class="card">
      <h2>${t("return.original_receipt")}</h2>
      <div class="kv">
        <span class="mut">${t("receipts.number")}</span>
        <span id="return-number">${receipt.number}</span>
      </div>
      <div class="kv">
        <span class="mut">${t("receipts.time")}</span>
        <span>${receipt.time}</span>
      </div>
    </div>
  `;
}

/** What has to be done before the refund; "" when nothing is missing. */
function missingWords(work, { reason, quote, approval }) {
  if (!work.chosen.length) return t("return.choose_lines");
  if (!reason) return t("reason.needed");
  const card = quote && quote.tenders.some((tender) => tender.kind === "card");
  if (card && approvalProblem(approval)) return t("tender.approval_fix");
  return quote ? "" : t("return.counting");
}

/** The screen. */
export function Return() {
  const { state, screenProps } = page;
  const { exponent, code } = state.currency;
  const work = useReturn(screenProps.id);
  const [reason, setReason] = useState("");
  const [approval, setApproval] = useState("");
  const [inCash, setInCash] = useState(false);
  const [key] = useState(newKey);
  const inFlight = useRef(false);
  const basis = useQuote(screenProps.id, work.chosen, null);
  const cashTenders = inCash && basis ? [{ kind: "cash", amount_minor: basis.total_minor }] : null;
  const cashQuote = useQuote(screenProps.id, cashTenders ? work.chosen : [], cashTenders);
  const quote = cashTenders ? cashQuote : basis;
  const missing = missingWords(work, { reason, quote, approval });

  async function refund() {
    if (missing || inFlight.current) return;
    inFlight.current = true;
    const body = { original: screenProps.id, reason, lines: work.chosen };
    const approved = (tender) => (tender.kind === "card" && approval ? { ...tender, approval } : tender);
    if (inCash || approval) body.tenders = quote.tenders.map(approved);
    const question = { title: t("return.title"), detail: formatMinor(quote.payable_minor, exponent) };
    const done = await act("returns", body, { key, ask: question });
    inFlight.current = false;
    if (!done) return;
    go("sale");
    const paid = done.document.payable_minor ?? quote.payable_minor;
    notify("info", t("return.done", { number: done.document.number, amount: formatMinor(paid, exponent) }));
  }
  const move = (direction) => () => work.setAt(Math.max(0, Math.min(work.lines.length - 1, work.at + direction)));
  const current = work.lines[work.at];
  const commands = [
    { key: "Escape", cap: "Esc", label: t("key.back_to_receipts"), run: () => go("receipts") },
    { key: "F5", cap: "F5", label: t("return.all"), run: work.all },
    { key: "+", cap: "+", label: t("return.more"), run: () => current && work.step(current, 1) },
    { key: "-", cap: "−", label: t("return.less"), run: () => current && work.step(current, -1) },
    { key: "ArrowUp", cap: "↑", label: t("key.line_up"), run: move(-1) },
    { key: "ArrowDown", cap: "↓", label: t("key.line_down"), run: move(1) },
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "F1", cap: "F1", label: t("key.help"), run: () => openDialog("help") },
  ];
  const chooseReason = reasonKeys(state.reasons.return || [], setReason);
  useKeys(
    { ...keysOf(commands), ...chooseReason, F9: refund, F6: () => setInCash(!inCash) },
    { onScan: scanInto(work) },
  );
  const pieces = work.chosen.reduce((sum, line) => sum + line.quantity, 0);
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("return.title")}</h1>
        <span class="sp"></span>
        <span class="mut">${t("return.chosen", { lines: work.chosen.length, n: formatQuantity(pieces) })}</span>
      </div>
      <div class="scroll">
        <table class="returns">
          <thead>
            <tr>
              <th>${t("column.item")}</th>
              <th class="num">${t("return.bought")}</th>
              <th class="num">${t("return.left")}</th>
              <th class="num">${t("return.paid")}</th>
              <th>${t("return.quantity")}</th>
              <th class="num">${t("return.refund")}</th>
            </tr>
          </thead>
          <tbody>
            ${work.lines.map((line, n) => html`
              <${Row}
                key=${line.line}
                line=${line}
                on=${n === work.at}
                count=${work.counts[line.line] || 0}
                amount=${lineAmount(basis, line, work.counts[line.line] || 0)}
                exponent=${exponent}
                onChoose=${() => work.setAt(n)}
                onStep=${(direction) => work.step(line, direction)}
              />
            `)}
          </tbody>
        </table>
      </div>
      <${Notice} />
    </main>
    <aside class="aside">
      ${work.receipt && html`<${Original} receipt=${work.receipt} />`}
      <${Reasons}
        reasons=${state.reasons.return || []}
        value=${reason}
        onPick=${setReason}
        label=${t("return.reason")}
      />
      <${Where}
        quote=${quote}
        exponent=${exponent}
        approval=${approval}
        setApproval=${setApproval}
        inCash=${inCash}
        setInCash=${setInCash}
      />
      <${Note} icon="scan">${t("return.scan_note")}<//>
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <div class="sum">
        <div class="tot">
          <div class="lab"><span>${t("return.payable", { currency: code })}</span></div>
          <div class="big" id="refund-total">
            ${quote ? formatMinor(quote.payable_minor, exponent) : formatMinor(0, exponent)}
          </div>
        </div>
        <${Primary}
          label=${t("return.do")}
          cap="F9"
          onPress=${refund}
          blocked=${missing ? { kind: "wait", lines: [missing] } : null}
        />
      </div>
    </footer>
  `;
}
