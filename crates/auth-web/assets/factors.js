/** The second step of an account: adding it, naming it, taking it away. */

import { newApp } from "./authenticator.js";
import { hasPasskeys } from "./client.js";
import { withPasskey } from "./passkeys.js";
import { proven } from "./proof.js";
import { confirmWith } from "./providers.js";
import { recoveryCodes } from "./recovery.js";
import { button, codeField, field, form, h, notice, problemPlace, time } from "./ui.js";
import { counted, rich, t } from "./words.js";

const KINDS = { totp: "factors.totp", passkey: "factors.passkey" };

/** What there is and what can be done about it; nothing where the server knows of no second step. */
export async function factors(app) {
  const rules = app.strategy.factors;
  if (!rules || !(rules.methods.length || rules.passwordless.length)) return null;
  const view = { app, rules, place: h("div", { class: "stack" }), work: h("div", { class: "stack work" }), problem: problemPlace() };
  await draw(view);
  return [view.place, view.problem, view.work];
}

async function draw(view) {
  const held = await view.app.client.factors();
  view.place.replaceChildren(...[
    h("p", {}, held.factors.length ? t("factors.has") : t("factors.has_none")),
    warning(held),
    held.factors.length ? h("ul", { class: "list" }, held.factors.map((one) => item(view, one))) : null,
    additions(view),
    held.factors.length ? codesLeft(view, held.recovery_codes) : null,
  ].filter(Boolean));
}

function warning({ required, factors, grace_until, removed_at }) {
  if (removed_at) return notice("bad", ...rich("factors.removed_at", { time: time(removed_at) }));
  if (!required || factors.length) return null;
  return notice("info", ...(grace_until ? rich("factors.required_from", { time: time(grace_until) }) : [t("factors.required")]));
}

function item(view, factor) {
  const kind = KINDS[factor.kind] ? t(KINDS[factor.kind]) : factor.kind;
  const added = time(factor.created_at);
  const facts = factor.last_used_at ? rich("factors.facts_used", { added, used: time(factor.last_used_at) }) : rich("factors.facts_unused", { added });
  const buttons = h("div", { class: "actions" },
    button(t("factors.rename"), () => rename(view, factor, element), "plain small", { "aria-label": t("factors.rename_label", { name: factor.name }) }),
    button(t("factors.remove"), () => ask(view, factor, buttons), "plain small", { "aria-label": t("factors.remove_label", { name: factor.name }) }));
  const element = h("li", { class: "item" },
    h("div", {},
      h("p", { class: "item-title" }, factor.name, factor.name === kind ? null : [" ", h("span", { class: "badge" }, kind)]),
      h("p", { class: "hint" }, facts)),
    buttons);
  return element;
}

function rename(view, factor, element) {
  const name = field({ name: "name", label: t("common.name"), value: factor.name });
  const send = async (values) => {
    await view.app.client.renameFactor(factor.id, values.name);
    await settled(view, t("factors.renamed", { name: values.name }));
  };
  element.replaceChildren(form({ fields: [name], submit: t("common.save"), send, label: t("factors.rename_label", { name: factor.name }) }), button(t("common.cancel"), () => settled(view), "plain small"));
  name.input.focus();
}

/** Asks once more before something is gone. */
function ask(view, factor, buttons) {
  const remove = button(t("factors.remove_sure"), () => changed(view, async (proof) => {
    await view.app.client.removeFactor(factor.id, proof);
    await settled(view, t("factors.removed", { name: factor.name }));
  }), "danger small", { "aria-label": t("factors.remove_sure_label", { name: factor.name }), problem: view.problem });
  buttons.replaceChildren(remove, button(t("factors.keep"), () => settled(view), "plain small", { "aria-label": t("factors.keep_label", { name: factor.name }) }));
  remove.focus();
}

function additions(view) {
  const can = (kind) => view.rules.methods.includes(kind);
  const { problem } = view;
  const buttons = [
    can("totp") ? button(t("factors.add_app"), () => changed(view, async (proof) => confirmApp(view, await view.app.client.beginTotp(proof))), "plain", { problem }) : null,
    can("passkey") && hasPasskeys() ? button(t("factors.add_passkey"), () => namePasskey(view), "plain", { problem }) : null,
  ].filter(Boolean);
  return buttons.length ? h("div", { class: "actions" }, buttons) : null;
}

const nameField = (hint) => field({ name: "name", label: t("common.name"), optional: true, hint });

function confirmApp(view, begun) {
  const code = codeField(t("common.code_shown"));
  const send = async ({ code, name }) => added(view, await view.app.client.confirmTotp({ id: begun.id, code, ...named(name) }));
  const fields = [code, nameField(t("factors.app_hint"))];
  open(view, t("factors.add_app"), newApp(begun), form({ fields, submit: t("factors.add_app_submit"), send, label: t("factors.add_app") }));
}

function namePasskey(view) {
  const make = ({ name }) => changed(view, async (proof) => {
    const request = { ...proof, ...named(name) };
    await added(view, await withPasskey(() => view.app.client.addPasskey(request)));
  });
  const words = h("p", {}, t("factors.add_passkey_why"));
  const fields = [nameField(t("factors.passkey_hint"))];
  open(view, t("factors.add_passkey"), words, form({ fields, submit: t("factors.make_passkey"), send: make, label: t("factors.add_passkey") }));
}

const named = (name) => (name ? { name } : {});

function codesLeft(view, count) {
  const renew = button(t("factors.new_codes"), () => changed(view, async (proof) => {
    const codes = await view.app.client.newRecoveryCodes(proof);
    await draw(view);
    showCodes(view, codes);
  }), "plain small", { problem: view.problem });
  return h("div", { class: "stack" },
    h("h3", {}, t("factors.recovery")),
    h("p", {}, count ? counted("factors.codes_left", count) : t("factors.codes_none")),
    h("div", { class: "actions" }, renew));
}

async function added(view, { factor, recovery_codes }) {
  view.work.replaceChildren();
  await settled(view, t("factors.added", { name: factor.name }));
  if (recovery_codes.length) showCodes(view, recovery_codes);
}

function showCodes(view, codes) {
  open(view, t("factors.your_codes"), recoveryCodes(view.app, codes), null, t("factors.codes_kept"));
}

/** Opens a place to work in, below the list. */
function open(view, title, content, element, label = t("common.cancel")) {
  const heading = h("h3", { tabindex: "-1" }, title);
  view.work.replaceChildren(...[heading, content, element].flat().filter(Boolean), h("div", { class: "actions" }, button(label, () => close(view))));
  heading.focus();
}

function close(view) {
  view.work.replaceChildren();
  focusOnTop();
}

const focusOnTop = () => document.getElementById("second-step")?.focus();

/** Shows what there is now, and says what happened. */
async function settled(view, words) {
  await draw(view);
  focusOnTop();
  if (words) view.app.tell(words);
}

/** Changes something about the second step, which takes proof; who has no password finds it at a provider. */
async function changed(view, work) {
  try {
    await proven(view.app, work);
  } catch (error) {
    if (error.code !== "reauth_required" || view.app.user.has_password) throw error;
    view.problem.replaceChildren(...confirmWith(view.app, "/security", { kind: "reauth", what: "factors" }));
  }
}
