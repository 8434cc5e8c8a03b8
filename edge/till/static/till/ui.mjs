/**
 * The one place that knows where the view library lives.
 * `html` builds elements from templates; `memo` keeps a component still while its props are the same objects and
 * the words of the page are the same. New words repaint everything in place: what was typed and chosen stays.
 */
import { h, render, Component } from "/static/vendor/preact.module.js";
import {
  useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback,
} from "/static/vendor/hooks.module.js";
import htm from "/static/vendor/htm.module.js";

export const html = htm.bind(h);
export { render, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback };

/** Of several questions only the newest one's answer counts: each begins with a call, which answers "still newest?". */
export function useNewest() {
  const last = useRef(0);
  return () => {
    last.current += 1;
    const mine = last.current;
    return () => mine === last.current;
  };
}

function differ(a, b) {
  for (const key in a) if (a[key] !== b[key]) return true;
  for (const key in b) if (!(key in a)) return true;
  return false;
}

let wording = 0;

/** Which words the page wears; said by the root before its children are painted. */
export function wordedAs(version) {
  wording = version;
}

/** Paint again only when a prop is another object or the words are others; the basket's rows depend on it. */
export function memo(component) {
  return class Memo extends Component {
    shouldComponentUpdate(next) {
      return this.wording !== wording || differ(this.props, next);
    }

    render() {
      this.wording = wording;
      return component(this.props);
    }
  };
}
