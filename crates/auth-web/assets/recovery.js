/** Recovery codes, which are shown once. */

import { button, h, notice } from "./ui.js";
import { t } from "./words.js";

/** The codes, and the ways to keep them. */
export function recoveryCodes(app, codes) {
  const list = h("ul", { class: "codes" }, codes.map((code) => h("li", {}, h("code", {}, code))));
  const text = codes.join("\n");
  const copy = button(t("recovery.copy"), async () => {
    await copied(list, text);
    app.tell(t("recovery.told_copied"));
    copy.textContent = t("recovery.copied");
  });
  return [
    notice("info", t("recovery.keep")),
    list,
    h("div", { class: "actions" }, copy, button(t("recovery.download"), () => download(app, text)), button(t("recovery.print"), () => print())),
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
  const head = `${t("recovery.file", { username: app.user?.username, service: app.site.name })}\n\n`;
  const href = URL.createObjectURL(new Blob([head, text, "\n"], { type: "text/plain" }));
  const link = h("a", { href, download: "recovery-codes.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
