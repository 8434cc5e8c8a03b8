/** Questions whose answer is a reason (no sale, void) or an amount with a reason (cash in and out). */
import { html, useState } from "../ui.mjs";
import { page } from "../store.mjs";
import { t } from "../texts.mjs";
import { formatMinor, parseMinor, looksLikeBarcode } from "../money.mjs";
import { closeDialog, act, notify } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Field, Reasons, reasonKeys, Note } from "../parts/fields.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";

/** Answers {reason, note}; `list` names one of the chain's reason lists. */
export function ReasonDialog({ id, props }) {
  const reasons = page.state.reasons[props.list] || [];
  const [reason, setReason] = useState(reasons.length === 1 ? reasons[0].code : "");
  const [note, setNote] = useState("");
  const done = () => closeDialog(id, { reason, note: note.trim() });
  return html`
    <${Dialog}
      id="reason"
      title=${props.title}
      icon=${props.icon}
      keys=${reasonKeys(reasons, setReason)}
      onClose=${() => closeDialog(id)}
      primary=${{ label: t("reason.go_on"), run: done, blocked: reason ? "" : t("reason.needed") }}
    >
      ${props.warn && html`<${Note} kind="warn" icon="warn">${props.warn}<//>`}
      <${Reasons} reasons=${reasons} value=${reason} onPick=${setReason} />
      ${props.note && html`
        <${Field} id="reason-note" label=${t("reason.note")} value=${note} onText=${setNote} limit=${60} />
      `}
    <//>
  `;
}

/** Money into or out of the drawer. */
export function CashMove({ id }) {
  const { reasons, currency } = page.state;
  const [direction, setDirection] = useState("out");
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [key] = useState(newKey);
  const amount = looksLikeBarcode(text) ? null : parseMinor(text, currency.exponent);
  const error = text && amount === null ? t(looksLikeBarcode(text) ? "quantity.barcode" : "discount.bad_amount") : "";
  async function save() {
    closeDialog(id, true);
    const ask = { title: t("cash." + direction), detail: formatMinor(amount, currency.exponent) };
    const done = await act("shift/cash", { direction, amount_minor: amount, reason, note: "" }, { key, ask });
    if (done) notify("info", t("cash.done", { amount: formatMinor(amount, currency.exponent) }));
  }
  const blocked = error || (!amount ? t("discount.type") : !reason ? t("reason.needed") : "");
  const flip = () => setDirection(direction === "in" ? "out" : "in");
  const aside = html`
    <div class="tabs kinds">
      ${["in", "out"].map((name) => html`
        <button
          type="button"
          key=${name}
          id=${"cash-" + name}
          aria-pressed=${direction === name}
          class=${direction === name ? "on" : ""}
          onClick=${() => setDirection(name)}
        >
          ${t("cash." + name)}
        </button>
      `)}
    </div>
    <${Pad} keys=${AMOUNT_PAD} onKey=${(pad) => setText(edit(text, pad, 9))} className="pad four" wide=${["0", "00"]} />
  `;
  return html`
    <${Dialog}
      id="cash"
      title=${t("cash.title")}
      icon="cash"
      aside=${aside}
      note=${t("cash.note")}
      primary=${{ label: t("cash." + direction), run: save, blocked }}
      keys=${{ ...reasonKeys(reasons.cash || [], setReason), F5: flip }}
      onClose=${() => closeDialog(id)}
    >
      <${Field}
        id="cash-box"
        label=${t("cash." + direction)}
        value=${text}
        onText=${setText}
        numeric=${true}
        big=${true}
        autofocus=${true}
        limit=${16}
        error=${error}
        unit=${currency.code}
      />
      <${Reasons} reasons=${reasons.cash || []} value=${reason} onPick=${setReason} />
    <//>
  `;
}
