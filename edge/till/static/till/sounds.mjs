/**
 * Three sounds, each with a visible twin: ok (off unless switched on: the scanner beeps), error (two low tones),
 * attention (one middle tone). The first touch or key unlocks them; volume is a matter of this terminal.
 */

const TONES = { ok: [[1320, 0, 50]], error: [[220, 0, 140], [165, 170, 200]], attention: [[660, 0, 180]] };
const SHELF = "lianpu.sound";
let context = null;

function settings() {
  try {
    return { volume: 6, ok: false, ...JSON.parse(localStorage.getItem(SHELF) || "{}") };
  } catch {
    return { volume: 6, ok: false };
  }
}

/** Volume 0–10 and whether a good scan sounds. */
export function soundSettings() {
  return settings();
}

/** Keep new settings on this terminal. */
export function setSound(patch) {
  localStorage.setItem(SHELF, JSON.stringify({ ...settings(), ...patch }));
}

function unlock() {
  if (!context && window.AudioContext) context = new AudioContext();
  if (context && context.state === "suspended") context.resume();
}

/** Let the first touch or key switch the sound on. */
export function startSounds() {
  window.addEventListener("pointerdown", unlock, { once: true, capture: true });
  window.addEventListener("keydown", unlock, { once: true, capture: true });
}

function tone(pitch, delayMs, lengthMs, volume) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  const begin = context.currentTime + delayMs / 1000;
  oscillator.frequency.value = pitch;
  gain.gain.value = volume / 20;
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begin);
  oscillator.stop(begin + lengthMs / 1000);
}

/** Play "ok", "error" or "attention". */
export function play(name) {
  const { volume, ok } = settings();
  if (!context || !volume || (name === "ok" && !ok)) return;
  for (const [pitch, delayMs, lengthMs] of TONES[name]) tone(pitch, delayMs, lengthMs, volume);
}
