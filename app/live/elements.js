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
