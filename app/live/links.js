// Links to pictures: opened in place; with a modifier key, or copied, they are addresses like any other.

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".links");
  list.replaceChildren(
    ...data.links.map(({ label, query }) => {
      const anchor = Object.assign(document.createElement("a"), { href: `?${query}`, textContent: label });
      anchor.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        setTriggerValue("opened", query);
      });
      return document.createElement("li").appendChild(anchor).parentElement;
    }),
  );
}
