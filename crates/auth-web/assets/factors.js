/** The second step of an account: adding it, naming it, taking it away. */

import { newApp } from "./authenticator.js";
import { hasPasskeys } from "./client.js";
import { withPasskey } from "./passkeys.js";
import { proven } from "./proof.js";
import { confirmWith } from "./providers.js";
import { recoveryCodes } from "./recovery.js";
import { button, codeField, field, form, h, notice, problemPlace, time } from "./ui.js";
import { plural } from "./ways.js";

const KINDS = { totp: "Authenticator app", passkey: "Passkey" };

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
    h("p", {}, held.factors.length ? "To sign in, one of these is asked for too." : "Ask for more than a password when somebody signs in: a code of an app on your phone, or a passkey."),
    warning(held),
    held.factors.length ? h("ul", { class: "list" }, held.factors.map((one) => item(view, one))) : null,
    additions(view),
    held.factors.length ? codesLeft(view, held.recovery_codes) : null,
  ].filter(Boolean));
}

function warning({ required, factors, grace_until, removed_at }) {
  if (removed_at) return notice("bad", "All of this is removed on ", time(removed_at), ", because we were told that you have lost it. Sign in with it once, and it stays.");
  if (!required || factors.length) return null;
  return notice("info", "Your account has to have a second step", grace_until ? [" from ", time(grace_until), " on"] : null, ". Add one.");
}

function item(view, factor) {
  const kind = KINDS[factor.kind] ?? factor.kind;
  const used = factor.last_used_at ? ["last used ", time(factor.last_used_at)] : ["not used yet"];
  const buttons = h("div", { class: "actions" },
    button("Rename", () => rename(view, factor, element), "plain small", { "aria-label": `Rename ${factor.name}` }),
    button("Remove", () => ask(view, factor, buttons), "plain small", { "aria-label": `Remove ${factor.name}` }));
  const element = h("li", { class: "item" },
    h("div", {},
      h("p", { class: "item-title" }, factor.name, factor.name === kind ? null : [" ", h("span", { class: "badge" }, kind)]),
      h("p", { class: "hint" }, "added ", time(factor.created_at), " · ", used)),
    buttons);
  return element;
}

function rename(view, factor, element) {
  const name = field({ name: "name", label: "Name", value: factor.name });
  const send = async (values) => {
    await view.app.client.renameFactor(factor.id, values.name);
    await settled(view, `It is called ${values.name} now.`);
  };
  element.replaceChildren(form({ fields: [name], submit: "Save", send, label: `Rename ${factor.name}` }), button("Cancel", () => settled(view), "plain small"));
  name.input.focus();
}

/** Asks once more before something is gone. */
function ask(view, factor, buttons) {
  const remove = button("Remove it", () => changed(view, async (proof) => {
    await view.app.client.removeFactor(factor.id, proof);
    await settled(view, `${factor.name} is removed.`);
  }), "danger small", { "aria-label": `Remove it: ${factor.name}`, problem: view.problem });
  buttons.replaceChildren(remove, button("Keep", () => settled(view), "plain small", { "aria-label": `Keep ${factor.name}` }));
  remove.focus();
}

function additions(view) {
  const can = (kind) => view.rules.methods.includes(kind);
  const { problem } = view;
  const buttons = [
    can("totp") ? button("Add an authenticator app", () => changed(view, async (proof) => confirmApp(view, await view.app.client.beginTotp(proof))), "plain", { problem }) : null,
    can("passkey") && hasPasskeys() ? button("Add a passkey", () => namePasskey(view), "plain", { problem }) : null,
  ].filter(Boolean);
  return buttons.length ? h("div", { class: "actions" }, buttons) : null;
}

const nameField = (hint) => field({ name: "name", label: "Name", optional: true, hint: `${hint} You may leave it empty.` });

function confirmApp(view, begun) {
  const code = codeField("Code that the app shows");
  const send = async ({ code, name }) => added(view, await view.app.client.confirmTotp({ id: begun.id, code, ...named(name) }));
  const fields = [code, nameField("Such as the phone that the app is on.")];
  open(view, "Add an authenticator app", newApp(begun), form({ fields, submit: "Add this app", send, label: "Add an authenticator app" }));
}

function namePasskey(view) {
  const make = ({ name }) => changed(view, async (proof) => {
    const request = { ...proof, ...named(name) };
    await added(view, await withPasskey(() => view.app.client.addPasskey(request)));
  });
  const words = h("p", {}, "A passkey is kept by your device, and opens with what unlocks it: your finger, your face or a PIN. It signs you in without a password too.");
  const fields = [nameField("Such as the device that keeps it.")];
  open(view, "Add a passkey", words, form({ fields, submit: "Make a passkey", send: make, label: "Add a passkey" }));
}

const named = (name) => (name ? { name } : {});

function codesLeft(view, count) {
  const renew = button("Make new codes", () => changed(view, async (proof) => {
    const codes = await view.app.client.newRecoveryCodes(proof);
    await draw(view);
    showCodes(view, codes);
  }), "plain small", { problem: view.problem });
  return h("div", { class: "stack" },
    h("h3", {}, "Recovery codes"),
    h("p", {}, count ? `${plural(count, "code")} left, for when you don’t have the above. New codes take the place of all old ones.` : "None is left. Make new ones, for when you don’t have the above."),
    h("div", { class: "actions" }, renew));
}

async function added(view, { factor, recovery_codes }) {
  view.work.replaceChildren();
  await settled(view, `${factor.name} is added.`);
  if (recovery_codes.length) showCodes(view, recovery_codes);
}

function showCodes(view, codes) {
  open(view, "Your recovery codes", recoveryCodes(view.app, codes), null, "I have kept them");
}

/** Opens a place to work in, below the list. */
function open(view, title, content, element, label = "Cancel") {
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
