/**
 * One map from keys to verbs. Screens and dialogs lay their keys on a pile; the topmost layer that knows a key
 * takes it, and a modal layer lets nothing through. Keys that the browser would act on are always held back.
 * A held key counts once, except for moving and stepping.
 *
 * While an answer is on its way that leads to another screen (`holdKeys`), keys wait; they are typed again where
 * the person then is, or forgotten when the answer was a refusal: never lost and never in the wrong field.
 */
import { useLayoutEffect, useRef } from "./ui.mjs";

const layers = [];
const HELD_BACK = /^(?:Ctrl\+|Shift\+|Alt\+)*F(?:[1-9]|10)$|^Ctrl\+[LFGPSDO]$|^Alt\+(?:\d|ArrowLeft|ArrowRight)$/;
const REPEATABLE = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "+", "-", "Backspace"]);
const ONE_CHARACTER = new Set(["+", "-", "*"]);
const AHEAD_MS = 4000; // an answer that takes longer is no matter of fast hands: the screen says so itself
const AHEAD_MAX = 40;
let human = (action) => action();
let holds = 0;
let holdSince = 0;
let replaying = false;
let ahead = [];

/** The wedge detector decides whether a single character was a person. */
export function decideHumanBy(decide) {
  human = decide;
}

/**
 * An action for a key of one character that a scan may begin with: it waits until a person proves to have pressed it.
 * It may answer a function that takes it back, should the key have been a scan's after all.
 */
export function byPerson(action) {
  return (event) => (event.retyped ? action(event) : human(() => action(event)));
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

/**
 * Do what leads to another screen: keys wait until `work` has answered; without an answer (null) they are forgotten.
 */
export async function holdKeys(work) {
  holds += 1;
  holdSince = performance.now();
  let answer = null;
  try {
    answer = await work();
  } finally {
    holds -= 1;
    if (!answer) letGo();
    if (!holds) replay();
  }
  return answer;
}

/**
 * A question came up instead: keys belong to it from now on, and what was typed before was meant for something else.
 */
export function letGo() {
  ahead = [];
  holdSince = -Infinity;
}

/** The last `count` characters were a scan and no typing. */
export function forgetTyped(count) {
  ahead.splice(Math.max(0, ahead.length - count));
}

/** Keep a key that comes too early. Impatient repetitions of the key that asked are no wish of their own. */
function keepForLater(event) {
  const early = holds ? performance.now() - holdSince < AHEAD_MS : replaying;
  if (event.retyped || !early || event.isComposing) return;
  const { key, code, shiftKey, ctrlKey, altKey, metaKey } = event;
  const again = holds > 0 && !ahead.length && (key === "Enter" || key === "F9");
  if (["Shift", "Control", "Alt", "Meta"].includes(key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!again && !event.repeat && ahead.length < AHEAD_MAX) {
    ahead.push({ key, code, shiftKey, ctrlKey, altKey, metaKey });
  }
}

async function replay() {
  if (replaying) return;
  replaying = true;
  await turn(); // the new screen is painted and has its focus
  while (ahead.length && !holds) {
    retype(ahead.shift());
    await turn();
  }
  replaying = false;
}

function retype(stroke) {
  const event = new KeyboardEvent("keydown", { ...stroke, bubbles: true, cancelable: true });
  event.retyped = true;
  const free = (document.activeElement || document.body).dispatchEvent(event);
  const field = document.activeElement;
  const plain = !stroke.ctrlKey && !stroke.altKey && !stroke.metaKey;
  if (!free || !plain || !field || !field.matches("input, textarea")) return;
  if (stroke.key === "Backspace") {
    field.setRangeText("", Math.max(0, field.selectionStart - 1), field.selectionEnd, "end");
  } else if (stroke.key.length === 1 && (field.maxLength < 0 || field.value.length < field.maxLength)) {
    field.setRangeText(stroke.key, field.selectionStart, field.selectionEnd, "end");
  } else return;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** "Ctrl+Delete", "Shift+F6", "Alt+1", "+", "Enter". */
export function nameOf(event) {
  let key = event.key;
  if (/^(Digit|Numpad)\d$/.test(event.code) && event.altKey) key = event.code.slice(-1);
  if (key.length === 1 && /[a-z]/.test(key)) key = key.toUpperCase();
  const single = key.length === 1 && !event.ctrlKey && !event.altKey;
  const parts = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && !single) parts.push("Shift");
  parts.push(key);
  return parts.join("+");
}

function typingIn(target) {
  return target && target.matches && target.matches("input, textarea") && target.value !== "";
}

function belongsToField(name, target) {
  if (name === "Delete" || name === "Home" || name === "End" || name === "+" || name === "-") return typingIn(target);
  return false;
}

function pressesButton(name, target) {
  return (name === "Enter" || name === " ") && target && target.closest && Boolean(target.closest("button, a"));
}

function find(name) {
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const layer = layers[at].current;
    if (layer.keys && layer.keys[name]) return layer.keys[name];
    if (layer.modal) return null;
  }
  return null;
}

function onDown(event) {
  const name = nameOf(event);
  if (HELD_BACK.test(name)) event.preventDefault();
  if (event.defaultPrevented && !HELD_BACK.test(name)) return;
  if (event.isComposing) return;
  if (event.repeat && !REPEATABLE.has(name)) {
    if (name === "Enter") event.preventDefault();
    return;
  }
  if (pressesButton(name, event.target) || belongsToField(name, event.target)) return;
  const action = find(name);
  if (!action) return;
  if (ONE_CHARACTER.has(name)) {
    if (name === "*" || !typingIn(event.target)) event.preventDefault();
    if (event.repeat || event.retyped) action(event);
    else byPerson(action)(event);
    return;
  }
  event.preventDefault();
  action(event);
}

/** Listen; call once. */
export function startKeys(target = window) {
  target.addEventListener("keydown", keepForLater, true);
  target.addEventListener("keydown", onDown);
}

function useLayer(layer) {
  const box = useRef(layer);
  box.current = layer;
  useLayoutEffect(() => {
    layers.push(box);
    return () => {
      layers.splice(layers.indexOf(box), 1);
    };
  }, []);
}

/** Keys of a screen or dialog while it is on the page: `{"F2": action}`; `modal` hides what lies below. */
export function useKeys(keys, { modal = false, onScan = null } = {}) {
  useLayer({ keys, modal, onScan });
}

/** Who wants the scanned code: the topmost layer with an opinion, else null. */
export function scanTaker() {
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    if (layers[at].current.onScan) return layers[at].current.onScan;
  }
  return null;
}
