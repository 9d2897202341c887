// A lesson as it leaves the browser: in a link, or as a file. It is read by lesson.py.

const PICTURES = ["shown", "revealed"]; // an address may be empty: that is a picture too

/** A lesson, or a part of one, without what was left empty. */
export function finished(value) {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(finished);
  if (!isTable(value)) return value;
  const kept = Object.entries(value).filter(([key, inner]) => PICTURES.includes(key) || !isEmpty(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, finished(inner)]));
}

function isEmpty(value) {
  return value === "" || value === null || value === undefined || (Array.isArray(value) && !value.length);
}

/**
 * Data as text for a link: JSON, deflated, in letters that need no escape.
 * @returns {Promise<string>}
 */
export async function packed(data) {
  const stream = new Blob([JSON.stringify(data)]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Data from such a text. */
export function unpacked(text) {
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** Data as TOML: lists of tables as far as they make a file readable, tables in one line below them. */
export function toml(data, path = "") {
  const lines = [];
  const below = [];
  for (const [key, value] of Object.entries(data)) {
    const inner = path ? `${path}.${key}` : key;
    if (isTables(value) && path.split(".").length < 2) {
      below.push(...value.map((each) => `[[${inner}]]\n${toml(each, inner)}`));
    } else if (isTable(value)) below.push(`[${inner}]\n${toml(value, inner)}`);
    else lines.push(`${key} = ${inOneLine(value)}\n`);
  }
  return [lines.join(""), ...below].filter(Boolean).join("\n");
}

function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isTables(value) {
  return Array.isArray(value) && value.length > 0 && value.every(isTable);
}

function inOneLine(value) {
  if (typeof value === "string") return JSON.stringify(value).replaceAll("\u007f", "\\u007f"); // TOML's rule, not JSON's
  if (Array.isArray(value)) {
    const parts = value.map(inOneLine);
    return isTables(value) ? `[\n${parts.map((part) => `  ${part},\n`).join("")}]` : `[${parts.join(", ")}]`;
  }
  if (isTable(value)) {
    return `{ ${Object.entries(value).map(([key, each]) => `${key} = ${inOneLine(each)}`).join(", ")} }`;
  }
  return String(value);
}
