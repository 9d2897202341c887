// Elements made with their properties.

/**
 * @param {string} tag
 * @param {string} className
 * @param {object} properties
 * @returns {HTMLElement}
 */
export function element(tag, className, properties = {}) {
  return Object.assign(document.createElement(tag), { className }, properties);
}

/**
 * The same element, with a name for who cannot see its sign, and for who points at it.
 * @param {HTMLElement} made
 * @param {string} label
 */
export function labelled(made, label) {
  return Object.assign(made, { title: label, ariaLabel: label });
}

/**
 * @param {string} className
 * @param {string} textContent
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function button(className, textContent, act) {
  const made = element("button", className, { type: "button", textContent });
  made.addEventListener("click", act);
  return made;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} attributes
 * @returns {SVGElement}
 */
export function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
