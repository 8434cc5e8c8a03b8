/**
 * A manager approves on the spot, by number and PIN, offline too. The cashier stays signed in; the node records
 * who asked, who approved and why. The basket stays visible behind.
 */
import { html, useState, useRef } from "../ui.mjs";
import { page } from "../store.mjs";
import { t, known } from "../texts.mjs";
import { formatMinor } from "../money.mjs";
import { closeDialog } from "../flow.mjs";
import { NoAnswer } from "../api.mjs";
import { holdKeys } from "../keys.mjs";
import { Dialog } from "../parts/dialog.mjs";
import { Pad, PIN_PAD, edit } from "../parts/keypad.mjs";
import { Field, PinBoxes, Note } from "../parts/fields.mjs";
import { storeTime } from "../parts/chrome.mjs";
import { play } from "../sounds.mjs";

const PIN_LENGTH = 6;

function Before({ ask, exponent }) {
  if (!ask || ask.base === undefined || ask.off === null || ask.off === undefined) return null;
  return html`
    <div class="chg">
      <div>
        <span class="sm mut">${t("approval.before")}</span>
        <b>${formatMinor(ask.base, exponent)}</b>
      </div>
      <span>→</span>
      <div class="num">
        <span class="sm mut">${t("approval.after")}</span>
        <b>${formatMinor(ask.base - ask.off, exponent)}</b>
      </div>
    </div>
  `;
}

function wishWords(ask, permission) {
  if (ask && ask.title) return ask.title;
  return known("permission." + permission) ? t("permission." + permission) : permission;
}

function useApproval(id, props) {
  const [staff, setStaff] = useState("");
  const [pin, setPin] = useState("");
  const [error, setError] = useState("");
  const sending = useRef(false);
  async function send() {
    let done = true;
    try {
      closeDialog(id, await props.again({ staff, pin }));
    } catch (failure) {
      done = null;
      setError(failure instanceof NoAnswer ? t("error.no_answer") : failure.message);
      play("error");
    }
    setPin("");
    sending.current = false;
    return done;
  }
  function approve() {
    if (sending.current) return;
    sending.current = true;
    setError("");
    holdKeys(send);
  }
  return { staff, setStaff, pin, setPin, error, approve };
}

/** The dialog; `again(approval)` repeats the refused call. */
export function Approval({ id, props }) {
  const { state } = page;
  const { staff, setStaff, pin, setPin, error, approve } = useApproval(id, props);
  const [inPin, setInPin] = useState(false);
  const { ask, fields } = props;
  const ready = staff && pin.length === PIN_LENGTH;
  const digits = (text) => text.replace(/\D/g, "");
  const toPin = () => document.getElementById("approval-pin").focus();
  const onPad = (key) => (inPin ? setPin(edit(pin, key, PIN_LENGTH)) : setStaff(edit(staff, key, 8)));
  const missing = staff ? t("approval.need_pin") : t("approval.need_staff");
  const primary = {
    label: t("approval.approve"), blocked: ready ? "" : missing, run: approve,
  };
  const enterStaff = () => (ready ? approve() : staff && toPin());
  const aside = html`
    <${Field}
      id="approval-staff"
      label=${t("approval.staff")}
      value=${staff}
      numeric=${true}
      autofocus=${true}
      limit=${8}
      onText=${(text) => setStaff(digits(text))}
      onFocus=${() => setInPin(false)}
    />
    <label class="pinlabel" for="approval-pin" onClick=${toPin}>
      <span>${t("approval.pin")}</span>
      <input
        id="approval-pin"
        class="pinfield"
        type="text"
        inputmode="none"
        autocomplete="off"
        maxlength=${PIN_LENGTH}
        value=${pin}
        onInput=${(event) => setPin(digits(event.target.value).slice(0, PIN_LENGTH))}
        onFocus=${() => setInPin(true)}
        onBlur=${() => setInPin(false)}
      />
      <${PinBoxes} length=${pin.length} active=${inPin} />
    </label>
    ${error && html`<small class="err" role="alert">${error}</small>`}
    <${Pad} keys=${PIN_PAD} onKey=${onPad} className="pad three" />
  `;
  const lane = t("top.lane", { lane: state.terminal.code });
  const note = `${state.staff ? state.staff.name : ""} · ${lane} · ${storeTime()}`;
  return html`
    <${Dialog}
      id="approval"
      title=${t("approval.title")}
      icon="lock"
      note=${note}
      aside=${aside}
      primary=${primary}
      cancel=${t("approval.refuse")}
      keys=${{ Enter: enterStaff, F9: () => ready && approve() }}
      onClose=${() => closeDialog(id)}
    >
      <div>
        <div class="sm mut">${t("approval.wish")}</div>
        <div class="wish">${wishWords(ask, fields.permission)}</div>
        ${ask && ask.detail && html`<div>${ask.detail}</div>`}
      </div>
      <${Before} ask=${ask} exponent=${state.currency.exponent} />
      ${fields.reason && html`
        <${Note} kind="warn" icon="warn">
          ${known("approval.reason." + fields.reason) ? t("approval.reason." + fields.reason) : fields.reason}
        <//>
      `}
      <${Note} icon="lock">${t("approval.note")}<//>
    <//>
  `;
}
