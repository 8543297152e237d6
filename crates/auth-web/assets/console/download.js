/** Files that the browser keeps. */

import { h } from "../ui.js";

/** Has the browser keep a text as a file. */
export function download(name, type, parts) {
  const href = URL.createObjectURL(new Blob(parts, { type }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
