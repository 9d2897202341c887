// Loads a component's script from this server, and says so in a sentence if that fails.

const loaded = new Map(); // kept: importing it again would wait behind everything else a rerun sends

export default async function (component) {
  const { data, parentElement, setStateValue } = component;
  try {
    const address = new URL(`${data.scripts}${data.module}`, location.origin).href;
    if (!loaded.has(address)) loaded.set(address, await import(address));
    return await loaded.get(address).mount(component);
  } catch (error) {
    const notice = parentElement.querySelector("[role=alert]");
    notice.hidden = false;
    notice.textContent = data.texts.unavailable;
    console.warn("unrolled:", data.module, error);
    setStateValue("unavailable", true);
  }
}
