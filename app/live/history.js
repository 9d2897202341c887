// One press of Back from a page to the one before. A link of the menu leads to a page's bare address, and the page then
// writes there what it shows: Streamlit makes an entry of the browser's history of each. Here the second replaces the
// first, unless the reader has done something in between.

let bare = null; // path to which a link has led, while nothing has been written there

const push = history.pushState;
history.pushState = function (state, title, url) {
  const { pathname, search } = new URL(url ?? "", location.href);
  const isWritten = pathname === bare && pathname === location.pathname && search;
  bare = pathname !== location.pathname && !search ? pathname : null;
  return (isWritten ? history.replaceState : push).call(history, state, title, url);
};

for (const kind of ["pointerdown", "keydown", "popstate"]) addEventListener(kind, () => (bare = null), true);
