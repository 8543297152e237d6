/** The switch: which servers there are, what each promises, and moving to one. */

import { createClient } from "./client.js";
import { promiseFacts, facts } from "./home.js";
import { button, h } from "./ui.js";
import { t } from "./words.js";

/** Opens the choice of servers. */
export function openServers(app) {
  const cards = app.site.servers.map((origin) => card(app, origin, () => dialog.close()));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "servers-title", onclose: () => dialog.remove() },
    h("div", { class: "sheet-head" }, h("h2", { id: "servers-title" }, t("demo.choose")), button(t("common.close"), () => dialog.close(), "plain small")),
    h("p", {}, t("demo.choose_why")),
    h("ul", { class: "list" }, cards));
  document.body.append(dialog);
  dialog.showModal();
}

function card(app, origin, close) {
  const used = origin === app.server;
  const state = h("span", { class: "badge" }, t("demo.asking"));
  const promises = h("div", { class: "promises" }, h("p", { class: "hint" }, t("demo.what_promised")));
  const move = button(used ? t("demo.in_use") : t("demo.use"), async () => {
    close();
    await app.choose(origin);
    app.tell(t("demo.now_use", { server: origin }));
  }, "primary small", { "aria-disabled": "true", "aria-label": t("demo.use_label", { server: origin }) });
  const item = h("li", { class: used ? "server used" : "server", "aria-current": used ? "true" : null },
    h("div", { class: "server-head" }, h("h3", { class: "url" }, new URL(origin).host), state), promises, h("div", { class: "actions" }, used ? null : move));
  probe(app, origin).then((strategy) => {
    state.textContent = used ? t("demo.state_in_use") : t("demo.running");
    state.classList.add("good");
    promises.replaceChildren(facts(promiseFacts(strategy, origin)));
    move.removeAttribute("aria-disabled");
  }, () => {
    state.textContent = t("demo.not_running");
    promises.replaceChildren(h("p", { class: "hint" }, t("demo.not_running_why")));
    move.remove();
  });
  return item;
}

async function probe(app, origin) {
  const client = createClient(origin + app.site.basePath, { timeout: 3000 });
  try {
    return await client.strategy();
  } finally {
    client.close();
  }
}
