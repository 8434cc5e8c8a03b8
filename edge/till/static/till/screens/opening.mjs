/** A shift begins with the float that lies in the drawer. */
import { html, useState } from "../ui.mjs";
import { page } from "../store.mjs";
import { t } from "../texts.mjs";
import { formatMinor, parseMinor, looksLikeBarcode } from "../money.mjs";
import { useKeys } from "../keys.mjs";
import { actAhead, openDialog } from "../flow.mjs";
import { newKey } from "../api.mjs";
import { lock } from "../verbs.mjs";
import { refuseScan } from "../scans.mjs";
import { KeyBar, Primary, keysOf } from "../parts/keybar.mjs";
import { Pad, AMOUNT_PAD, edit } from "../parts/keypad.mjs";
import { Note, useHomeFocus } from "../parts/fields.mjs";
import { Notice } from "../parts/notice.mjs";

/** Why the shift cannot be opened with what stands in the box; null when it can. */
function blockedWords(text, amount) {
  if (text && amount === null) return t(looksLikeBarcode(text) ? "quantity.barcode" : "discount.bad_amount");
  return text === "" ? t("opening.type") : null;
}

/** The screen. */
export function Opening() {
  const { state } = page;
  const { exponent, code } = state.currency;
  const [text, setText] = useState("");
  const [key] = useState(newKey);
  useHomeFocus("float", page.dialogs.length === 0);
  const amount = looksLikeBarcode(text) ? null : text === "" ? null : parseMinor(text, exponent);
  const open = () => {
    if (amount === null) return;
    const question = { title: t("opening.title"), detail: formatMinor(amount, exponent) };
    actAhead("shift/open", { float_minor: amount }, { key, ask: question });
  };
  const commands = [
    { key: "Ctrl+L", cap: "Ctrl L", label: t("key.lock"), run: lock },
    { key: "Shift+F9", cap: "Shift F9", label: t("key.more"), run: () => openDialog("more") },
    { key: "Enter", keys: ["F9"], run: open },
  ];
  useKeys(keysOf(commands), { onScan: ({ code: scanned }) => refuseScan(scanned, t("scan.open_first")) });
  const blocked = blockedWords(text, amount);
  return html`
    <main class="page">
      <div class="ph">
        <h1>${t("opening.title")}</h1>
        <span class="mut">${t("opening.hello", { name: state.staff.name })}</span>
      </div>
      <div class="scroll pad16">
        <p>${t("opening.how")}</p>
        <${Note} icon="clock">${t("opening.day")}<//>
      </div>
      <${Notice} />
    </main>
    <aside class="side t open">
      <label class="inp" for="float">
        <span class="mut">${t("opening.float", { currency: code })}</span>
        <input
          id="float"
          class="big"
          value=${text}
          inputmode="none"
          autocomplete="off"
          maxlength="16"
          onInput=${(event) => setText(event.target.value)}
        />
      </label>
      <${Pad}
        keys=${AMOUNT_PAD}
        onKey=${(pad) => setText(edit(text, pad, 9))}
        className="pad four"
        wide=${["0", "00"]}
      />
    </aside>
    <footer class="bar">
      <${KeyBar} commands=${commands} few=${true} />
      <${Primary}
        wide=${true}
        label=${t("opening.do")}
        cap="Enter"
        note=${amount === null ? "" : formatMinor(amount, exponent)}
        onPress=${open}
        blocked=${blocked ? { kind: "wait", lines: [blocked] } : null}
      />
    </footer>
  `;
}
