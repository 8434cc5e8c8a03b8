/**
 * One map from keys to verbs. Screens and dialogs lay their keys on a pile; the topmost layer that knows a key
 * takes it, and a modal layer lets nothing through. Keys that the browser would act on are always held back.
 * A held key counts once, except for moving and stepping.
 */
import { useLayoutEffect, useRef } from "./ui.mjs";

const layers = [];
const HELD_BACK = /^(?:Ctrl\+|Shift\+|Alt\+)*F(?:[1-9]|10)$|^Ctrl\+[LFGPSDO]$|^Alt\+(?:\d|ArrowLeft|ArrowRight)$/;
const REPEATABLE = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "+", "-", "Backspace"]);
const ONE_CHARACTER = new Set(["+", "-", "*"]);
let human = (action) => action();

/** The wedge detector decides whether a single character was a person. */
export function decideHumanBy(decide) {
  human = decide;
}

/** An action for a key of one character that a scan may begin with: it waits until a person proves to have pressed it. */
export function byPerson(action) {
  return (event) => human(() => action(event));
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
    if (event.repeat) action(event);
    else byPerson(action)(event);
    return;
  }
  event.preventDefault();
  action(event);
}

/** Listen; call once. */
export function startKeys(target = window) {
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
