// The lesson that pictures are collected for. It is what a lesson file says, unfinished, and stays in this browser.

const KEPT = "unrolled.mine";
const MOST = 40; // steps of a lesson

/**
 * @typedef {{title?: string, about?: string, steps: object[]}} Draft
 */

/** @returns {Draft} */
export function draft() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    if (Array.isArray(found?.steps)) return found;
  } catch {
    // a browser that keeps nothing throws when it is asked to, and what was kept may be no draft
  }
  return { steps: [] };
}

/**
 * @param {Draft} changed
 * @returns {boolean} whether this browser keeps it
 */
export function keep(changed) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(changed));
    return true;
  } catch {
    return false;
  }
}

/**
 * Add a picture as the last step.
 * @param {{figure: string, shown: string}} picture
 * @returns {{count: number, isKept: boolean}} steps there are now; 0 where there is no room for it
 */
export function collect(picture) {
  const mine = draft();
  if (mine.steps.length >= MOST) return { count: 0, isKept: true };
  mine.steps.push(picture);
  const isKept = keep(mine);
  if (isKept) dispatchEvent(new CustomEvent("unrolled:collected"));
  return { count: mine.steps.length, isKept };
}

/**
 * Hear when it changes: a picture was added on this page, or anything was in another window.
 * @param {() => void} listener
 * @returns {() => void} stops hearing
 */
export function onChange(listener) {
  const elsewhere = ({ key }) => key === KEPT && listener();
  addEventListener("storage", elsewhere);
  addEventListener("unrolled:collected", listener);
  return () => {
    removeEventListener("storage", elsewhere);
    removeEventListener("unrolled:collected", listener);
  };
}
