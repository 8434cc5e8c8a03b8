/**
 * The one place that knows where the view library lives.
 * `html` builds elements from templates; `memo` keeps a component still while its props are the same objects.
 */
import { h, render, Component } from "/static/vendor/preact.module.js";
import {
  useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback,
} from "/static/vendor/hooks.module.js";
import htm from "/static/vendor/htm.module.js";

export const html = htm.bind(h);
export { render, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback };

function differ(a, b) {
  for (const key in a) if (a[key] !== b[key]) return true;
  for (const key in b) if (!(key in a)) return true;
  return false;
}

/** Paint again only when a prop is another object; the basket's rows depend on it. */
export function memo(component) {
  return class Memo extends Component {
    shouldComponentUpdate(next) {
      return differ(this.props, next);
    }

    render() {
      return component(this.props);
    }
  };
}
