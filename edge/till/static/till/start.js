/**
 * The page is some forty files. When one of them did not come (the node was starting, or stopped in between), no
 * part of it runs and nothing would ever ask again: load it anew until it is whole.
 */
addEventListener("error", (event) => {
  if (event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement) {
    setTimeout(() => location.reload(), 2000);
  }
}, true);
