/**
 * Who is there: staff number and six digits, offline too. The first time the initial code from HQ is traded for a
 * PIN of one's own. A locked till is the same screen with the basket kept behind it.
 */
import { html, useState, useEffect, useLayoutEffect, useRef } from "../ui.mjs";
import { page, home } from "../store.mjs";
import { t } from "../texts.mjs";
import { useKeys, holdKeys } from "../keys.mjs";
import { ask, enqueueSignIn } from "../flow.mjs";
import { NoAnswer } from "../api.mjs";
import { play } from "../sounds.mjs";
import { refuseScan } from "../scans.mjs";
import { Languages } from "./more.mjs";
import { Primary } from "../parts/keybar.mjs";
import { Pad, PIN_PAD, edit } from "../parts/keypad.mjs";
import { Field, PinBoxes, Note, useHomeFocus } from "../parts/fields.mjs";
import { Notice } from "../parts/notice.mjs";
import { Icon } from "../parts/icons.mjs";

const PIN_LENGTH = 6;
const NUMBER_MAX = 8;
const TYPED_MAX = 128; // what is too long is refused as a whole, never cut down to a number or a PIN
const digits = (text) => text.replace(/\D/g, "");

/** The people of this store as far as known, and a promise of them for whoever is faster (null: no answer). */
function useStaff() {
  const [people, setPeople] = useState([]);
  const asked = useRef(null);
  async function fetchStaff() {
    const answer = await ask("staff");
    if (answer) setPeople(answer.staff);
    else asked.current = null; // the next wish asks again
    return answer && answer.staff;
  }
  const known = () => (asked.current ??= fetchStaff());
  useEffect(() => {
    known();
  }, []);
  return { people, known };
}

/** The steps: number → pin; or initial → pin → again for the first time. */
function useSignIn(knownStaff) {
  const [staff, setStaff] = useState(page.state && page.state.staff ? page.state.staff.number : "");
  const [step, setStep] = useState(staff ? "pin" : "number");
  const [pin, setPin] = useState("");
  const [initial, setInitial] = useState("");
  const [chosen, setChosen] = useState("");
  const [error, setError] = useState("");
  const sending = useRef(false);

  function send(body) {
    if (sending.current) return;
    sending.current = true;
    setError("");
    holdKeys(() => askNode(body));
  }

  async function askNode(body) {
    let led = true;
    try {
      await enqueueSignIn(body);
      home();
    } catch (failure) {
      led = refused(failure, body);
    }
    setPin("");
    sending.current = false;
    return led;
  }

  /** Say why not. True when the next question is another one: what was typed ahead answers it. */
  function refused(failure, body) {
    if (failure.code === "people.pin_not_set") {
      setInitial(body.pin);
      setStep("new");
      return true;
    }
    play("error");
    setError(failure instanceof NoAnswer ? t("error.no_answer") : failure.message);
    if (body.new_pin) {
      setStep("new");
      setChosen("");
      if (failure.code === "people.wrong") setStep("initial");
    }
    return null;
  }

  function next(text = pin) {
    setError("");
    if (step === "number") {
      nextNumber();
    } else if (text.length > PIN_LENGTH) {
      refuse(t("sign_in.no_pin"));
    } else if (step === "pin" && text && text.length < PIN_LENGTH) {
      nextPerson(text);
    } else if (step === "initial") {
      setInitial(text);
      setPin("");
      setStep("new");
    } else if (text.length === PIN_LENGTH) {
      nextPin(text);
    }
  }

  function refuse(words) {
    setPin("");
    setError(words);
    play("error");
  }

  function nextNumber() {
    if (staff.length <= NUMBER_MAX) {
      if (staff) setStep("pin");
      return;
    }
    setStaff("");
    refuse(t("sign_in.no_number"));
  }

  /** Fewer digits than a PIN: the number of whoever sits down now, or half a PIN; a try at a PIN it never is. */
  function nextPerson(number) {
    holdKeys(async () => {
      const people = await knownStaff();
      const found = people && people.some((person) => person.number === number);
      if (found) pickStaff(number);
      else if (people) refuse(t("sign_in.no_pin"));
      return found;
    });
  }

  function nextPin(text) {
    if (step === "pin") {
      send({ staff, pin: text });
    } else if (step === "new") {
      setChosen(text);
      setPin("");
      setStep("again");
    } else if (text === chosen) {
      send({ staff, initial, new_pin: text });
    } else {
      setPin("");
      setChosen("");
      setStep("new");
      setError(t("pin.not_same"));
      play("error");
    }
  }

  const pickStaff = (number) => {
    setStaff(number);
    setStep("pin");
    setPin("");
    setError("");
  };
  const back = () => {
    setStep("number");
    setPin("");
    setStaff("");
    setError("");
  };
  return { staff, setStaff, step, pin, setPin, error, next, back, pickStaff };
}

function People({ people, staff, onPick }) {
  return html`
    <div class="people">
      ${people.map((person) => html`
        <button
          type="button"
          key=${person.number}
          data-staff=${person.number}
          aria-pressed=${person.number === staff}
          class=${person.number === staff ? "on" : ""}
          onClick=${() => onPick(person.number)}
        >
          <${Icon} name="person" />
          <span>${person.name}</span>
          <small class="mut">${person.number}</small>
        </button>
      `)}
    </div>
  `;
}

function Kept({ state }) {
  const lines = state.basket.lines.length;
  if (!state.staff) return lines ? html`<${Note} icon="lock">${t("lock.basket", { n: lines })}<//>` : null;
  if (!state.locked) return null;
  return html`
    <${Note} icon="lock">
      ${lines ? t("lock.kept", { n: lines, name: state.staff.name }) : t("lock.locked", { name: state.staff.name })}
    <//>
  `;
}

const STEPS = {
  number: "sign_in.number",
  pin: "sign_in.pin",
  initial: "sign_in.initial",
  new: "sign_in.new",
  again: "sign_in.again",
};

/** What is still to be typed, for the main button. */
function missingWords(form) {
  if (form.step === "number") return form.staff ? "" : t("sign_in.type_number");
  return form.pin ? "" : t("sign_in.type_pin");
}

function PinEntry({ form, active }) {
  return html`
    <label class="pinlabel" for="pin">
      <span>${t(STEPS[form.step])}</span>
      <input
        id="pin"
        class="pinfield"
        type="text"
        inputmode="none"
        autocomplete="off"
        maxlength=${TYPED_MAX}
        value=${form.pin}
        onInput=${(event) => form.setPin(digits(event.target.value))}
      />
      <${PinBoxes} length=${Math.min(PIN_LENGTH, form.pin.length)} active=${active} />
    </label>
  `;
}

/** The screen, for signing in and for a locked till. */
export function SignIn() {
  const { state } = page;
  const { people, known } = useStaff();
  const form = useSignIn(known);
  const byNumber = form.step === "number";
  useHomeFocus(byNumber ? "staff" : "pin");
  useLayoutEffect(() => {
    const element = document.getElementById(byNumber ? "staff" : "pin");
    if (element) element.focus();
  }, [form.step]);
  const press = () => form.next();
  const onPad = (key) => {
    if (byNumber) form.setStaff(edit(form.staff, key, NUMBER_MAX));
    else form.setPin(edit(form.pin, key, PIN_LENGTH));
  };
  useKeys(
    { Enter: press, F9: press, Escape: form.back },
    { onScan: ({ code }) => refuseScan(code, t("scan.sign_in_first")) },
  );
  const person = people.find((entry) => entry.number === form.staff);
  const missing = missingWords(form);
  const enter = state.locked && state.staff ? "sign_in.unlock" : "sign_in.do";
  const label = t(form.step === "pin" ? enter : "sign_in.next");
  return html`
    <main class="page">
      <div class="ph">
        <h1>${state.locked && state.staff ? t("lock.title") : t("sign_in.title")}</h1>
        <span class="mut">${state.day || ""}</span>
      </div>
      <div class="scroll pad16">
        <${Kept} state=${state} />
        <${People} people=${people} staff=${form.staff} onPick=${form.pickStaff} />
      </div>
      <${Notice} />
    </main>
    <aside class="aside signin">
      ${byNumber
        ? html`
          <${Field}
            id="staff"
            label=${t("sign_in.number")}
            value=${form.staff}
            numeric=${true}
            big=${true}
            limit=${TYPED_MAX}
            onText=${(text) => form.setStaff(digits(text))}
          />
        `
        : html`
          <div class="wish">
            ${person ? person.name : form.staff}
            ${" "}
            <button type="button" class="link" onClick=${form.back}>
              ${t("sign_in.other")} <kbd>Esc</kbd>
            </button>
          </div>
          <${PinEntry} form=${form} active=${true} />
        `}
      ${form.error && html`<small class="err" role="alert">${form.error}</small>`}
      ${(form.step === "new" || form.step === "again") && html`<${Note} icon="lock">${t("sign_in.new_note")}<//>`}
      <span class="sp"></span>
      <${Pad} keys=${PIN_PAD} onKey=${onPad} className="pad three" />
    </aside>
    <footer class="bar">
      <${Languages} />
      <${Primary}
        wide=${true}
        label=${label}
        cap="Enter"
        onPress=${press}
        blocked=${missing ? { kind: "wait", lines: [missing], lock: false } : null}
      />
    </footer>
  `;
}
