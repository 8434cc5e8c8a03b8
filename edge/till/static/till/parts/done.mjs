/** After a sale: the change, huge, until the next line is scanned. */
import { html } from "../ui.mjs";
import { t } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { Icon } from "./icons.mjs";

/** The done state of the sale screen; it comes from the node, so a reload shows it again. */
export function Done({ sale, exponent }) {
  const back = sale.kind === "return";
  return html`
    <section class="done" aria-live="polite" id="done">
      <div class="head">
        <${Icon} name="ok" />
        <b>${t(back ? "done.return" : "done.title")}</b>
        <span class="mut">${t("done.saved")}</span>
      </div>
      <div class="f">
        <span>${t("done.number")}</span>
        <b id="done-number">${sale.number}</b>
      </div>
      ${!back && html`
        <div class="f">
          <span>${t("tender.payable")}</span>
          <b>${formatMinor(sale.payable_minor, exponent)}</b>
        </div>
        <div class="f">
          <span>${t("done.received")}</span>
          <b>${formatMinor(sale.payable_minor + sale.change_minor, exponent)}</b>
        </div>
      `}
      <div class="c">
        <span>${t(back ? "done.paid_out" : "tender.change")}</span>
        <b id="done-change">${formatMinor(back ? sale.payable_minor : sale.change_minor, exponent)}</b>
      </div>
      <div class="mut next">${t("done.next")}</div>
    </section>
  `;
}
