/** The provider accounts that are linked to the account. */

import { logo } from "./logos.js";
import { withStep } from "./proof.js";
import { arrivalNotice, confirmWith, pageUrl, providerName, takeIntent } from "./providers.js";
import { button, buttonLink, field, form, h, leaving, notice, owner, problemPlace, run, time } from "./ui.js";

export async function linked(app) {
  if (!app.strategy.providers.length) {
    return { title: "Linked accounts", body: [h("p", {}, "This server offers no other way to sign in."), buttonLink("Back to the overview", "/", "plain")] };
  }
  const arrival = arrivalNotice(app);
  const list = h("ul", { class: "list" });
  const offers = h("div", { class: "actions" });
  const problem = problemPlace();
  const draw = async () => {
    const identities = await app.client.identities();
    const user = await app.client.profile();
    list.replaceChildren(...identities.map((one) => identity(app, one, user, problem, draw)));
    if (!identities.length) list.replaceChildren(h("li", { class: "empty" }, "Nothing is linked yet."));
    offers.replaceChildren(...app.strategy.providers.map(({ id, name }) => button([logo(id), `Link ${name}`], () => link(app, id, problem), "plain", { problem })));
  };
  await draw();
  const intent = arrival ? null : takeIntent(app, "link");
  return {
    title: "Linked accounts",
    wide: true,
    shown: () => intent && run(offers, () => link(app, intent.provider, problem), problem),
    body: [arrival, h("p", {}, "Sign in with any of these instead of your password."), list, problem, h("h2", {}, "Link an account"), offers].filter(Boolean),
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
  const current = field({ name: "current_password", label: "Current password", type: "password", autocomplete: "current-password" });
  const send = (proof) => leave(app, provider, proof);
  return [form({ fields: [current], submit: `Link ${providerName(app, provider)}`, send, label: "Confirm that it is you", before: owner(app.user.username) })];
}

function identity(app, one, user, problem, draw) {
  const name = providerName(app, one.provider);
  const remove = button("Unlink", async () => {
    try {
      await withStep(app, () => app.client.unlink(one.id));
    } catch (error) {
      if (error.code !== "last_sign_in_method") throw error;
      problem.replaceChildren(lastOne(user, name));
      return;
    }
    await draw();
    app.tell(`${name} is unlinked.`);
    document.querySelector("h1")?.focus();
  }, "plain small", { problem, "aria-label": `Unlink ${name}, ${one.email}` });
  return h("li", { class: "item" },
    h("div", {}, h("p", { class: "item-title" }, logo(one.provider), name), h("p", { class: "hint" }, one.email, " · linked ", time(one.linked_at))), remove);
}

function lastOne(user, name) {
  const words = `${name} is your last way to sign in, so it stays. `;
  if (user.has_password) return notice("bad", words);
  return notice("bad", words, "Set a password first: ", h("a", { href: "/security" }, "have a link mailed to you"), ".");
}
