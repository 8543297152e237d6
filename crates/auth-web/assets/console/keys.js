/** API keys of programs, and the keys that sign tokens. */

import { withStep } from "../proof.js";
import { button, checkbox, field, form, h, notice, problemPlace, time } from "../ui.js";
import { rich, t } from "../words.js";
import { badge, dialog, growing, section, select, table } from "./parts.js";

/** What no key may have. */
const OF_PEOPLE = ["roles:write", "api_keys:write"];

const DAY = 86_400;
const LIFETIMES = [[30 * DAY, "console_keys.month"], [90 * DAY, "console_keys.quarter"], [365 * DAY, "console_keys.year"], [DAY, "console_keys.day"]];

export async function keys(app) {
  const [own, signing] = await Promise.all([
    app.may("api_keys:write") ? apiKeys(app) : null,
    app.may("system:read") ? signingKeys(app) : null,
  ]);
  return { title: t("console.keys"), wide: true, body: [own, signing] };
}

async function apiKeys(app) {
  const problem = problemPlace();
  const fresh = h("div", { class: "stack" });
  const list = growing({
    app,
    caption: t("console_keys.caption"),
    columns: [t("common.name"), t("console_keys.scopes"), t("console_keys.maker"), t("console_keys.ends"), t("console_keys.used"), ""],
    load: async (cursor) => {
      const { api_keys, next } = await withStep(app, () => app.admin.get("/api-keys", { cursor }));
      return { items: api_keys, next };
    },
    cells: (key) => [
      key.name,
      h("span", { class: "badges" }, key.scopes.map((scope) => badge(scope))),
      h("span", { class: "code" }, key.created_by),
      time(key.expires_at),
      key.last_used_at ? time(key.last_used_at) : t("console_keys.never"),
      button(t("console_keys.revoke"), () => revoke(app, key, list), "plain small", { problem, "aria-label": t("console_keys.revoke_label", { name: key.name }) }),
    ],
    empty: t("console_keys.none"),
  });
  await list.refresh();
  const create = button(t("console_keys.create"), () => creating(app, list, fresh), "plain", { problem });
  return section(t("console_keys.api_keys"), h("p", {}, t("console_keys.lead")), h("div", { class: "actions" }, create), problem, fresh, list.element);
}

function revoke(app, key, list) {
  dialog({
    title: t("console_keys.revoke"),
    words: t("console_keys.revoke_why", { name: key.name }),
    fields: [],
    submit: t("console_keys.revoke"),
    kind: "danger",
    send: async () => {
      await app.admin.delete(`/api-keys/${encodeURIComponent(key.id)}`);
      return async () => {
        await list.refresh();
        app.tell(t("console_keys.revoked", { name: key.name }));
        document.querySelector("main h2")?.focus();
      };
    },
  });
}

/** The form for a key, in the place where the key is shown afterwards. */
function creating(app, list, place) {
  const name = field({ name: "name", label: t("common.name"), hint: t("console_keys.name_hint") });
  const lifetime = select({ name: "expires_in", label: t("console_keys.lifetime"), value: String(LIFETIMES[0][0]), options: LIFETIMES.map(([seconds, key]) => [String(seconds), t(key)]) });
  const scopes = choices(app.me.permissions.filter((one) => !OF_PEOPLE.includes(one)));
  const send = async (values) => {
    const body = { name: values.name, scopes: values.scopes, expires_in: Number(values.expires_in) };
    const { api_key, key } = await app.admin.post("/api-keys", body);
    await list.refresh();
    shownOnce(app, place, api_key.name, key);
  };
  const heading = h("h3", { tabindex: "-1" }, t("console_keys.create"));
  const element = form({ fields: [name, scopes, lifetime], submit: t("console_keys.create_submit"), send, label: t("console_keys.create") });
  place.replaceChildren(h("div", { class: "stack work" }, heading, element, h("div", { class: "actions" }, button(t("common.cancel"), () => place.replaceChildren()))));
  name.input.focus();
}

/** Boxes of which several are ticked. */
function choices(all) {
  const boxes = all.map((one) => checkbox(one, one));
  const error = h("p", { class: "error", hidden: true });
  const element = h("fieldset", { class: "choices" }, h("legend", {}, t("console_keys.scopes")), boxes.map((box) => box.element), error);
  const show = (text) => {
    error.textContent = text ?? "";
    error.hidden = !text;
  };
  const value = () => all.filter((_, n) => boxes[n].value());
  // The server says what is missing, so that nobody is stopped by a rule of this page.
  return { name: "scopes", optional: true, element, input: boxes[0].input, show, value };
}

function shownOnce(app, place, name, key) {
  const code = h("code", { class: "key" }, key);
  const copy = button(t("recovery.copy"), async () => {
    await navigator.clipboard.writeText(key).catch(() => getSelection()?.selectAllChildren(code));
    copy.textContent = t("recovery.copied");
  });
  const heading = h("h3", { tabindex: "-1" }, t("console_keys.fresh"));
  place.replaceChildren(h("div", { class: "stack work" }, heading,
    notice("info", ...rich("console_keys.shown_once", { name: h("strong", {}, name) })),
    h("p", {}, code),
    h("div", { class: "actions" }, copy, button(t("console_keys.kept"), () => place.replaceChildren()))));
  heading.focus();
}

function withoutKeys(error) {
  if (error.status !== 404) throw error;
}

async function signingKeys(app) {
  const { format, bridge } = app.strategy;
  const hasTokens = format !== "opaque" || bridge !== undefined;
  const found = hasTokens ? await app.admin.get("/keys").catch(withoutKeys) : null;
  if (!found) return section(t("console_keys.signing"), h("p", {}, t("console_keys.no_tokens")));
  const rows = table(t("console_keys.signing_caption"), [t("console_keys.id"), t("console_keys.algorithm"), t("console_people.state"), t("console_keys.made")]);
  for (const key of found.keys) {
    rows.add([h("span", { class: "code" }, key.kid), key.alg, key.state === "active" ? badge(t("console_keys.active"), "good") : badge(t("console_keys.retiring")), time(key.created_at)]);
  }
  return section(t("console_keys.signing"), rows.element);
}
