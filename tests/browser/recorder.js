// Counts what a person's hands really sent: keys, touches, mouse. Events that the page itself makes do not count.
(() => {
  const seen = { key: 0, touch: 0, mouse: 0 };
  const count = (kind) => (event) => {
    if (event.isTrusted) seen[kind] += 1;
  };
  addEventListener("keydown", count("key"), true);
  addEventListener("touchstart", count("touch"), true);
  addEventListener("pointerdown", (event) => {
    if (event.isTrusted && event.pointerType === "mouse") seen.mouse += 1;
  }, true);
  window.recordedKinds = seen;

  // No story depends on how fast this machine is: a notice stays until the story ends, and what waits for a scan's
  // next key waits until the last key has been handed over.
  const later = window.setTimeout.bind(window);
  const PATIENT_MS = [5000, 9000]; // STAY_MS of notice.mjs
  const NEXT_KEY_MS = 55; // gapMs and 5 more in wedge.mjs
  const MINUTES_MS = 600000;
  const timers = new Set();
  let due = null;
  window.setTimeout = (run, ms, ...rest) => {
    timers.add(ms);
    if (ms === NEXT_KEY_MS) return later(() => (due ? due.push(run) : run()), ms);
    return later(run, PATIENT_MS.includes(ms) ? MINUTES_MS : ms, ...rest);
  };
  window.recordedTimers = () => ({ patient: PATIENT_MS, kept: [...PATIENT_MS, NEXT_KEY_MS], met: [...timers] });
  window.burstOnItsWay = (on) => {
    const waited = due || [];
    due = on ? [] : null;
    for (const run of waited) run();
  };
})();
