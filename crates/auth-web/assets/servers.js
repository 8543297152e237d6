/** The switch: which servers there are, what each promises, and moving to one. */

import { createClient } from "./client.js";
import { promiseFacts, facts } from "./home.js";
import { button, h } from "./ui.js";

/** Opens the choice of servers. */
export function openServers(app) {
  const cards = app.site.servers.map((origin) => card(app, origin, () => dialog.close()));
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": "servers-title", onclose: () => dialog.remove() },
    h("div", { class: "sheet-head" }, h("h2", { id: "servers-title" }, "Choose a server"), button("Close", () => dialog.close(), "plain small")),
    h("p", {}, "The same pages against another strategy: only the base URL changes. You are signed in on each one on its own."),
    h("ul", { class: "list" }, cards));
  document.body.append(dialog);
  dialog.showModal();
}

function card(app, origin, close) {
  const used = origin === app.server;
  const state = h("span", { class: "badge" }, "asking …");
  const promises = h("div", { class: "promises" }, h("p", { class: "hint" }, "What does it promise?"));
  const move = button(used ? "In use" : "Use this server", async () => {
    close();
    await app.choose(origin);
    app.tell(`The pages now use ${origin}.`);
  }, "primary small", { "aria-disabled": "true", "aria-label": `Use this server, ${origin}` });
  const item = h("li", { class: used ? "server used" : "server", "aria-current": used ? "true" : null },
    h("div", { class: "server-head" }, h("h3", { class: "url" }, new URL(origin).host), state), promises, h("div", { class: "actions" }, used ? null : move));
  probe(app, origin).then((strategy) => {
    state.textContent = used ? "in use" : "running";
    state.classList.add("good");
    promises.replaceChildren(facts(promiseFacts(strategy, origin)));
    move.removeAttribute("aria-disabled");
  }, () => {
    state.textContent = "not running";
    promises.replaceChildren(h("p", { class: "hint" }, "No answer. It is not running, or it does not trust the origin of this page."));
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
