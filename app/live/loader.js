// Loads the component's script from this server, and says so in a sentence if that fails.

let script = null; // kept: importing it again would wait behind everything else a rerun sends

export default async function (component) {
  const { data, parentElement, setStateValue } = component;
  try {
    script ??= await import(new URL(`${data.scripts}live/live.js`, location.origin).href);
    return await script.mount(component);
  } catch (error) {
    const notice = parentElement.querySelector(".live-notice");
    notice.hidden = false;
    notice.textContent = data.texts.unavailable;
    console.warn("unrolled.live:", error);
    setStateValue("unavailable", true);
  }
}
