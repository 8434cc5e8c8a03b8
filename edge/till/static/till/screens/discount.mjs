/** F5 and F8: a percentage or an amount off a line or the whole basket, always with a reason. */
import { html, useState } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, pick } from "../texts.mjs";
import { formatMinor, formatPercent, parseMinor, parsePercent, looksLikeBarcode } from "../money.mjs";
import { closeDialog } from "../flow.mjs";
import { discount } from "../verbs.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Field, Reasons, reasonKeys } from "../parts/fields.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";

const MILLION = 1000000n;

/** What a discount takes off, for the preview (the node's amount is the one that counts). */
function takesOff(base, kind, value) {
  if (value === null) return 0;
  if (kind === "amount") return Math.min(value, base);
  return Number((BigInt(base) * BigInt(value) * 2n + MILLION) / (2n * MILLION));
}

function problem(text, kind, value) {
  if (!text) return "";
  if (looksLikeBarcode(text)) return t("quantity.barcode");
  if (value === null) return t(kind === "percent" ? "discount.bad_percent" : "discount.bad_amount");
  return "";
}

function Preview({ base, off, exponent }) {
  return html`
    <div class="chg">
      <div>
        <span class="sm mut">${t("approval.before")}</span>
        <b>${formatMinor(base, exponent)}</b>
      </div>
      <span>→</span>
      <div class="num">
        <span class="sm mut">${t("discount.after", { off: formatMinor(off, exponent) })}</span>
        <b>${formatMinor(base - off, exponent)}</b>
      </div>
    </div>
  `;
}

function Kinds({ kind, setKind, code }) {
  return html`
    <div class="tabs kinds">
      ${["percent", "amount"].map((name) => html`
        <button
          type="button"
          key=${name}
          id=${"kind-" + name}
          aria-pressed=${kind === name}
          class=${kind === name ? "on" : ""}
          onClick=${() => setKind(name)}
        >
          ${name === "percent" ? "%" : code} ${t("discount." + name)}
        </button>
      `)}
    </div>
  `;
}

/** The dialog; `line` null means the whole basket. */
export function DiscountDialog({ id, props }) {
  const { line } = props;
  const { currency, reasons, basket, staff } = page.state;
  const limit = staff ? staff.discount_limit_ppm : 0;
  const [kind, setKind] = useState("percent");
  const [text, setText] = useState("");
  const [reason, setReason] = useState((reasons.discount || []).length === 1 ? reasons.discount[0].code : "");
  const base = line ? line.gross_minor : basket.totals.gross_minor - basket.totals.discount_minor;
  const parse = () => (kind === "percent" ? parsePercent(text) : parseMinor(text, currency.exponent));
  const value = looksLikeBarcode(text) ? null : parse();
  const error = problem(text, kind, value);
  const off = takesOff(base, kind, value);
  const current = line ? line.discount : basket.discount;
  const apply = () => {
    closeDialog(id, true);
    discount(line, { kind, value, reason, off });
  };
  const clear = () => {
    closeDialog(id, true);
    discount(line, { kind: "percent", value: 0, reason: current.reason });
  };
  const blocked = error || (!value ? t("discount.type") : !reason ? t("reason.needed") : "");
  const flip = () => setKind(kind === "percent" ? "amount" : "percent");
  const extra = current && html`
    <button type="button" class="btn" id="discount-clear" onClick=${clear}>
      ${t("discount.clear")} <kbd>Del</kbd>
    </button>
  `;
  const keys = { ...reasonKeys(reasons.discount || [], setReason), F5: flip, F8: flip };
  if (current) keys.Delete = clear;
  return html`
    <${Dialog}
      id="discount"
      title=${t(line ? "discount.title_line" : "discount.title_basket")}
      icon="percent"
      note=${t("discount.note")}
      primary=${{ label: t("discount.apply"), run: apply, blocked }}
      extra=${extra}
      onClose=${() => closeDialog(id)}
      keys=${keys}
      aside=${html`
        <${Kinds} kind=${kind} setKind=${setKind} code=${currency.code} />
        <${Pad}
          keys=${AMOUNT_PAD}
          onKey=${(key) => setText(edit(text, key, 9))}
          className="pad four"
          wide=${["0", "00"]}
        />
      `}
    >
      <div class="wish">
        ${line ? html`${pick(line.name)} <span class="mut">${pick(line.spec)}</span>` : t("ask.whole_basket")}
      </div>
      <${Field}
        id="discount-box"
        label=${t(kind === "percent" ? "discount.percent_off" : "discount.amount_off")}
        value=${text}
        onText=${setText}
        numeric=${true}
        big=${true}
        autofocus=${true}
        limit=${24}
        error=${error}
        unit=${kind === "percent" ? "%" : currency.code}
        hint=${t("discount.limit", { n: formatPercent(limit) })}
      />
      <${Preview} base=${base} off=${off} exponent=${currency.exponent} />
      <${Reasons} reasons=${reasons.discount || []} value=${reason} onPick=${setReason} />
    <//>
  `;
}
