/** A receipt on the screen, from the journal's own payload: what was sold, paid and given back. */
import { html } from "../ui.mjs";
import { t, pick, languageOf } from "../texts.mjs";
import { formatMinor, formatQuantity } from "../money.mjs";

function Item({ line, exponent, sign }) {
  const price = line.unit_price_minor === undefined ? "" : ` × ${formatMinor(line.unit_price_minor, exponent)}`;
  const cut = (line.discount_minor || 0) + (line.basket_discount_minor || 0);
  return html`
    <div class="item">
      <div lang=${languageOf(line.name)}>${pick(line.name)} <span class="mut">${line.spec}</span></div>
      <div class="kv">
        <span class="mut">
          ${formatQuantity(line.quantity, line.unit === "kg")}
          ${price}
          ${cut ? html` <s>${formatMinor(line.gross_minor, exponent)}</s>` : null}
        </span>
        <span>${formatMinor(sign * line.total_minor, exponent)}</span>
      </div>
    </div>
  `;
}

function Sum({ name, minor, exponent, bold = false }) {
  return html`
    <div class=${bold ? "kv strong" : "kv"}>
      <span>${name}</span>
      <span>${formatMinor(minor, exponent)}</span>
    </div>
  `;
}

/** The paper; empty until the receipt has come. */
export function Paper({ view, exponent }) {
  if (!view) return html`<div class="paper" aria-busy="true"></div>`;
  const { payload } = view;
  const back = view.kind === "return";
  const sign = back ? -1 : 1; // in a return all amounts are positive and the money flows out
  return html`
    <div class="paper" tabindex="-1" aria-label=${t("receipts.view")}>
      <div class="kv strong">
        <span>${view.number}</span>
        <span>${view.copies ? t("receipts.copies", { n: view.copies }) : ""}</span>
      </div>
      <div class="kv mut">
        <span>${view.time}</span>
        <span>${t("top.clerk")} ${view.staff_name}</span>
      </div>
      ${payload.original_number && html`
        <div class="kv mut">
          <span>${t("return.original_receipt")}</span>
          <span>${payload.original_number}</span>
        </div>
      `}
      <hr />
      ${payload.lines.map((line) => html`
        <${Item} key=${line.line} line=${line} exponent=${exponent} sign=${sign} />
      `)}
      <hr />
      <${Sum} name=${t("paper.total")} minor=${sign * payload.total_minor} exponent=${exponent} />
      ${payload.rounding_minor
        ? html`<${Sum} name=${t("return.rounding")} minor=${sign * payload.rounding_minor} exponent=${exponent} />`
        : null}
      <${Sum}
        name=${t(back ? "return.refund" : "tender.payable")}
        minor=${sign * payload.payable_minor}
        exponent=${exponent}
        bold=${true}
      />
      ${payload.tenders.map((tender, n) => html`
        <${Sum}
          key=${n}
          name=${t("tender." + tender.kind) + (tender.approval ? " " + tender.approval : "")}
          minor=${sign * tender.given_minor}
          exponent=${exponent}
        />
      `)}
      ${payload.change_minor
        ? html`<${Sum} name=${t("tender.change")} minor=${payload.change_minor} exponent=${exponent} />`
        : null}
      <div class="mut sm">${t("paper.check", { code: view.bh.slice(0, 8) })}</div>
    </div>
  `;
}
