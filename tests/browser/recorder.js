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
})();
