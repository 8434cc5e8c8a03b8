/**
 * The page is some forty files. When one of them did not come (the node was starting, or stopped in between), no
 * part of it runs and nothing would ever ask again: load it anew until it is whole. What was only to come early
 * (`modulepreload`) is asked for again where it is needed.
 */
addEventListener("error", ({target}) => {
  if (target instanceof HTMLScriptElement || (target instanceof HTMLLinkElement && target.rel === "stylesheet")) {
    setTimeout(() => location.reload(), 2000);
  }
}, true);
