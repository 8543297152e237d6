/** The provider accounts that are linked to the account. */

import { logo } from "./logos.js";
import { withStep } from "./proof.js";
import { arrivalNotice, confirmWith, pageUrl, providerName, takeIntent } from "./providers.js";
import { button, buttonLink, field, form, h, leaving, notice, owner, problemPlace, run, time } from "./ui.js";
import { rich, t } from "./words.js";

export async function linked(app) {
  if (!app.strategy.providers.length) {
    return { title: t("linked.title"), body: [h("p", {}, t("linked.none_offered")), buttonLink(t("common.back_to_overview"), "/", "plain")] };
  }
  const arrival = arrivalNotice(app);
  const list = h("ul", { class: "list" });
  const offers = h("div", { class: "actions" });
  const problem = problemPlace();
  const draw = async () => {
    const identities = await app.client.identities();
    const user = await app.client.profile();
    list.replaceChildren(...identities.map((one) => identity(app, one, user, problem, draw)));
    if (!identities.length) list.replaceChildren(h("li", { class: "empty" }, t("linked.nothing_yet")));
    offers.replaceChildren(...app.strategy.providers.map(({ id, name }) => button([logo(id), t("linked.link", { provider: name })], () => link(app, id, problem), "plain", { problem })));
  };
  await draw();
  const intent = arrival ? null : takeIntent(app, "link");
  return {
    title: t("linked.title"),
    wide: true,
    shown: () => intent && run(offers, () => link(app, intent.provider, problem), problem),
    body: [arrival, h("p", {}, t("linked.lead")), list, problem, h("h2", {}, t("linked.link_one")), offers].filter(Boolean),
  };
}

/** Leaves for the provider; asks for proof first where the sign-in is too old. */
async function link(app, provider, problem) {
  try {
    await leave(app, provider, {});
  } catch (error) {
    if (error.code !== "reauth_required") throw error;
    problem.replaceChildren(...proofOf(app, provider));
    problem.querySelector("input")?.focus();
  }
}

async function leave(app, provider, proof) {
  location.assign(await withStep(app, () => app.client.linkUrl(provider, { return_to: pageUrl("/linked"), ...proof })));
  await leaving();
}

function proofOf(app, provider) {
  if (!app.user.has_password) return confirmWith(app, "/linked", { kind: "link", provider });
  const current = field({ name: "current_password", label: t("common.current_password"), type: "password", autocomplete: "current-password" });
  const send = (proof) => leave(app, provider, proof);
  return [form({ fields: [current], submit: t("linked.link", { provider: providerName(app, provider) }), send, label: t("linked.confirm"), before: owner(app.user.username) })];
}

function identity(app, one, user, problem, draw) {
  const name = providerName(app, one.provider);
  const remove = button(t("linked.unlink"), async () => {
    try {
      await withStep(app, () => app.client.unlink(one.id));
    } catch (error) {
      if (error.code !== "last_sign_in_method") throw error;
      problem.replaceChildren(lastOne(user, name));
      return;
    }
    await draw();
    app.tell(t("linked.unlinked", { provider: name }));
    document.querySelector("h1")?.focus();
  }, "plain small", { problem, "aria-label": t("linked.unlink_label", { provider: name, email: one.email }) });
  return h("li", { class: "item" },
    h("div", {}, h("p", { class: "item-title" }, logo(one.provider), name), h("p", { class: "hint" }, rich("linked.facts", { email: one.email, time: time(one.linked_at) }))), remove);
}

function lastOne(user, name) {
  const words = t("linked.last", { provider: name });
  if (user.has_password) return notice("bad", words);
  return notice("bad", words, " ", ...rich("linked.set_password", { link: h("a", { href: "/security" }, t("linked.mail_link")) }));
}
