/**
 * Keyboard-wedge scanners: a scanner types faster than any person and ends with Enter or Tab.
 *
 * The detector sits in the capture phase on the window, so it sees every key first. Time is the event's own
 * time stamp (the moment of input), not the moment of handling, so a busy page does not split a scan. While the
 * characters come in they still reach the focused field; when the burst proves to be a scan, every field gets
 * back the value it had before, the end key is swallowed (down and up), and the code is delivered once. What a busy
 * page took for a person's doing in the meantime is undone where the action can be.
 * Space and Enter inside a burst never press a button.
 */

const GS = "\u001d";
const TYPED_MAX = 5; // more characters at a scanner's pace are never a person's shortcuts
const ENDS = new Set(["Enter", "NumpadEnter", "Tab"]);
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
const FIELDS = "input, textarea";
const PUNCTUATION = {
  Minus: ["-", "_"], Equal: ["=", "+"], Slash: ["/", "?"], Period: [".", ">"], Comma: [",", "<"],
  Semicolon: [";", ":"], Quote: ["'", '"'], BracketLeft: ["[", "{"], BracketRight: ["]", "}"],
  Backslash: ["\\", "|"], Backquote: ["`", "~"], Space: [" ", " "],
  NumpadDecimal: [".", "."], NumpadDivide: ["/", "/"], NumpadSubtract: ["-", "-"],
  NumpadAdd: ["+", "+"], NumpadMultiply: ["*", "*"],
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

/** The character of a physical key on a US layout: what a scanner means when an input method hides `key`. */
export function charOfCode(code, shift) {
  let match = /^Digit(\d)$/.exec(code);
  if (match) return shift ? SHIFTED_DIGITS[Number(match[1])] : match[1];
  match = /^Numpad(\d)$/.exec(code);
  if (match) return match[1];
  match = /^Key([A-Z])$/.exec(code);
  if (match) return shift ? match[1] : match[1].toLowerCase();
  const pair = PUNCTUATION[code];
  return pair ? pair[shift ? 1 : 0] : null;
}

function charOf(event) {
  const hidden = event.key === "Process" || event.key === "Unidentified" || event.keyCode === 229;
  if (hidden) return charOfCode(event.code, event.shiftKey);
  return event.key.length === 1 ? event.key : null;
}

function isField(element) {
  return Boolean(element && element.matches && element.matches(FIELDS));
}

/** Every field's value and selection, to be put back after a scan. */
function photograph() {
  const fields = [...document.querySelectorAll(FIELDS)].map((element) => ({
    element, value: element.value, start: element.selectionStart, end: element.selectionEnd,
  }));
  return { fields, focus: document.activeElement };
}

function putBack(photo) {
  for (const { element, value, start, end } of photo.fields) {
    if (!element.isConnected || element.value === value) continue;
    element.value = value;
    if (start !== null) element.setSelectionRange(start, end);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const focus = photo.focus;
  if (focus && focus.isConnected && focus !== document.activeElement && focus !== document.body) focus.focus();
}

/**
 * Start listening. `onScan({code, at, gapMax})` is called once per scan.
 * Settings: `gapMs` longest pause inside a scan, `charsMin` shortest code, `prefix`/`suffix` to strip,
 * `sameMs` within which the same code again is one scan read twice (counted through `onDouble`).
 */
export function createWedge({ onScan, onDouble = () => {}, target = window, settings = {} }) {
  const { gapMs = 50, charsMin = 4, prefix = "", suffix = "", sameMs = 400 } = settings;
  let chars = [];
  let last = -Infinity;
  let photo = null;
  let widest = 0;
  let previous = { code: "", at: -Infinity };
  const swallowUps = new Set();
  let deferred = [];
  let undos = []; // of what was done since the first character
  let timer = null;

  /** What came before was no scan: characters that wait were a person's, and come first. */
  function forget() {
    runDeferred();
    reset();
  }

  function reset() {
    chars = [];
    photo = null;
    undos = [];
    widest = 0;
  }

  function swallow(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    swallowUps.add(event.code);
  }

  function deliver(at) {
    let code = chars.join("");
    if (prefix && code.startsWith(prefix)) code = code.slice(prefix.length);
    if (suffix && code.endsWith(suffix)) code = code.slice(0, -suffix.length);
    const gapMax = widest;
    putBack(photo);
    for (const undo of undos.reverse()) undo();
    dropDeferred();
    reset();
    if (code === previous.code && at - previous.at < sameMs) {
      previous.at = at;
      onDouble(code);
      return;
    }
    previous = { code, at };
    onScan({ code, at, gapMax });
  }

  function endKey(event, fast) {
    if (fast && chars.length >= charsMin) {
      swallow(event);
      deliver(event.timeStamp);
    } else {
      forget();
    }
  }

  function addChar(event, char, fast) {
    if (!fast) {
      const acted = runDeferred(); // the characters before were a person's
      reset();
      photo = photograph();
      if (acted) queueMicrotask(() => (photo = photograph())); // after the fields were painted anew
    } else {
      widest = Math.max(widest, event.timeStamp - last);
    }
    chars.push(char);
    last = event.timeStamp;
    if (chars.length > TYPED_MAX) dropDeferred();
    else if (deferred.length) wait();
    if (fast && char === " " && !isField(event.target)) swallow(event);
  }

  function onDown(event) {
    if (event.retyped || MODIFIERS.has(event.key)) return;
    const fast = chars.length > 0 && event.timeStamp - last <= gapMs;
    if (event.repeat) {
      forget();
      return;
    }
    if (ENDS.has(event.key) || ENDS.has(event.code)) {
      endKey(event, fast);
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) {
      if (!fast) {
        forget();
        return;
      }
      swallow(event); // a control character inside a code is never a shortcut
      if (event.code === "BracketRight") chars.push(GS);
      last = event.timeStamp;
      return;
    }
    const char = charOf(event);
    if (char === null) forget();
    else addChar(event, char, fast);
  }

  function onUp(event) {
    if (!swallowUps.delete(event.code)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function dropDeferred() {
    clearTimeout(timer);
    deferred = [];
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(runDeferred, gapMs + 5);
  }

  function runDeferred() {
    const waiting = deferred;
    dropDeferred();
    undos.push(...waiting.map((action) => action()).filter((undo) => typeof undo === "function"));
    return waiting.length > 0;
  }

  target.addEventListener("keydown", onDown, true);
  target.addEventListener("keyup", onUp, true);
  return {
    /**
     * Run a shortcut of one character, or a few fast ones in their order, only when they prove to be no scan. When
     * the next character came later than was waited for, it was one all the same: what `action` answers takes it back.
     */
    whenHuman(action) {
      if (chars.length > TYPED_MAX) return;
      deferred.push(action);
      wait();
    },
    stop() {
      dropDeferred();
      target.removeEventListener("keydown", onDown, true);
      target.removeEventListener("keyup", onUp, true);
    },
  };
}
