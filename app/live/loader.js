// Loads the component's script from this server, and says so in a sentence if that fails.
export default async function (component) {
  const { data, parentElement, setStateValue } = component;
  const base = data.base ? `/${data.base.replace(/^\/|\/$/g, "")}` : "";
  try {
    const script = await import(new URL(`${base}${data.prefix}/live.js?v=${data.version}`, location.origin).href);
    return await script.mount(component, new URL(`${base}${data.prefix}/`, location.origin));
  } catch (error) {
    const notice = parentElement.querySelector(".live-notice");
    notice.hidden = false;
    notice.textContent = data.texts.unavailable;
    console.warn("unrolled.live:", error);
    setStateValue("unavailable", true);
  }
}
