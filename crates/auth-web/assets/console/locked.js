/** What is shown to whom the admin API lets do nothing, and what helps. */

import { askForStep } from "../again.js";
import { factors } from "../factors.js";
import { button, h, notice } from "../ui.js";
import { t } from "../words.js";

export async function locked(app) {
  return app.refusal?.code === "factor_required" ? withoutFactor(app) : withoutRole(app);
}

function withoutRole(app) {
  return {
    title: t("console.no_role"),
    body: [
      notice("info", t("console.no_role_why", { username: app.user?.username ?? "" })),
      h("div", { class: "actions" }, button(t("nav.sign_out"), () => app.client.signOut())),
    ],
  };
}

/** Looks again what one may do, and shows the page that was wanted. */
function goOn(app) {
  app.refusal = null;
  return app.show();
}

async function withoutFactor(app) {
  const held = await app.client.factors();
  const title = t("console.no_factor");
  if (held.factors.length) {
    const ask = async () => {
      await askForStep(app, app.refusal);
      await goOn(app);
    };
    return { title, body: [h("p", {}, t("console.show_factor")), h("div", { class: "actions" }, button(t("again.step"), ask, "primary"))] };
  }
  const add = await factors(app);
  return {
    title,
    body: [
      h("p", {}, add ? t("console.add_factor") : t("console.no_factors_here")),
      add ? h("section", { class: "card", "aria-labelledby": "second-step" }, h("h2", { id: "second-step", tabindex: "-1" }, t("security.step")), add) : null,
      h("div", { class: "actions" }, button(t("common.go_on"), () => goOn(app), "primary")),
    ],
  };
}
