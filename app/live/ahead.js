// What a page loads before its figures are there: Plotly, which takes it a second, what keeps Back simple, and the
// presenter's keys.

import "./history.js";
import "./present.js";
import "./print.js";

if (!window.Plotly && !document.getElementById("plotly-ahead")) {
  const src = new URL("../plotly.min.js", import.meta.url).pathname;
  const script = Object.assign(document.createElement("script"), { id: "plotly-ahead", src });
  script.onerror = () => script.remove();
  document.head.append(script);
}
