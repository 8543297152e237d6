/** Recovery codes, which are shown once. */

import { button, h, notice } from "./ui.js";

/** The codes, and the ways to keep them. */
export function recoveryCodes(app, codes) {
  const list = h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("code", {}, code))));
  const text = codes.join("\n");
  const copy = button("Copy", async () => {
    await copied(list, text);
    app.tell("The codes are copied.");
    copy.textContent = "Copied";
  });
  return [
    notice("info", "Keep these where you find them without this device. Each signs you in once when you don’t have your second step. They are not shown again."),
    list,
    h("div", { class: "actions" }, copy, button("Download", () => download(app, text)), button("Print", () => print())),
  ];
}

/** Where nothing may be copied for a person, they find it marked. */
async function copied(list, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection()?.selectAllChildren(list);
    document.execCommand("copy");
  }
}

function download(app, text) {
  const head = `Recovery codes of @${app.user?.username ?? ""} at ${app.site.name}\n\n`;
  const href = URL.createObjectURL(new Blob([head, text, "\n"], { type: "text/plain" }));
  const link = h("a", { href, download: "recovery-codes.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
