/** Small questions with one field: the quantity of a line, a weight by hand, a word for a held basket. */
import { html, useState } from "../ui.mjs";
import { t, pick } from "../texts.mjs";
import { formatQuantity, parseQuantity, looksLikeBarcode } from "../money.mjs";
import { closeDialog, act } from "../flow.mjs";
import { setQuantity } from "../verbs.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Field, Note } from "../parts/fields.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";

function problemOf(text, parsed) {
  if (!text) return "";
  if (looksLikeBarcode(text)) return t("quantity.barcode");
  return parsed ? "" : t("quantity.not_a_number");
}

/** F4: how many of this line. */
export function Quantity({ id, props }) {
  const { line } = props;
  const [text, setText] = useState("");
  const parsed = looksLikeBarcode(text) ? null : parseQuantity(text);
  const error = problemOf(text, parsed);
  const save = () => {
    closeDialog(id, parsed);
    setQuantity(line, parsed);
  };
  const primary = { label: t("quantity.set"), run: save, blocked: parsed ? "" : error || t("quantity.type") };
  return html`
    <${Dialog}
      id="quantity"
      title=${t("quantity.title")}
      icon="edit"
      primary=${primary}
      onClose=${() => closeDialog(id)}
      aside=${html`
        <${Pad}
          keys=${AMOUNT_PAD}
          onKey=${(key) => setText(edit(text, key, 14))}
          className="pad four"
          wide=${["0", "00"]}
        />
      `}
    >
      <div class="wish">${pick(line.name)} <span class="mut">${pick(line.spec)}</span></div>
      <${Field}
        id="quantity-box"
        label=${t("quantity.new")}
        value=${text}
        onText=${setText}
        numeric=${true}
        big=${true}
        autofocus=${true}
        limit=${24}
        error=${error}
        hint=${t("quantity.now", { n: formatQuantity(line.quantity, line.weighed) })}
      />
    <//>
  `;
}

/**
 * The weight of goods without a label, in grams; the node asks for a manager. `send(grams)` where it is not for a new
 * line.
 */
export function Grams({ id, props }) {
  const [text, setText] = useState("");
  const grams = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  const error = looksLikeBarcode(text) ? t("quantity.barcode") : "";
  const save = () => {
    closeDialog(id, grams);
    const question = { title: t("ask.grams", { n: grams }), detail: pick(props.name) };
    if (props.send) props.send(grams);
    else act("basket/add", { sku: props.sku, grams }, { ask: question });
  };
  const primary = { label: t("grams.add"), run: save, blocked: grams ? "" : t("grams.type") };
  return html`
    <${Dialog}
      id="grams"
      title=${t("grams.title")}
      icon="scale"
      primary=${primary}
      onClose=${() => closeDialog(id)}
      aside=${html`
        <${Pad}
          keys=${AMOUNT_PAD.filter((key) => key !== ".")}
          onKey=${(key) => setText(edit(text, key, 5))}
          className="pad four"
          wide=${["0", "00"]}
        />
      `}
    >
      <div class="wish">${pick(props.name)}</div>
      <${Field}
        id="grams-box"
        label=${t("grams.label")}
        value=${text}
        onText=${setText}
        numeric=${true}
        big=${true}
        autofocus=${true}
        limit=${14}
        error=${error}
        unit="g"
      />
      <${Note} icon="scale">${t("grams.note")}<//>
    <//>
  `;
}

/** F6: a word about the customer, may stay empty. */
export function BasketNote({ id }) {
  const [text, setText] = useState("");
  const primary = { label: t("hold.do"), run: () => closeDialog(id, text.trim()), key: "F6" };
  return html`
    <${Dialog}
      id="note"
      small=${true}
      title=${t("hold.title")}
      icon="clock"
      primary=${primary}
      onClose=${() => closeDialog(id)}
    >
      <${Field}
        id="note-box"
        label=${t("hold.note")}
        value=${text}
        onText=${setText}
        autofocus=${true}
        limit=${40}
        hint=${t("hold.note_hint")}
      />
    <//>
  `;
}
