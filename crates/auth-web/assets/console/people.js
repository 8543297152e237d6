/** Finding people, and making accounts. */

import { button, checkbox, field, h, time } from "../ui.js";
import { t } from "../words.js";
import { badge, dialog, filters, growing, select } from "./parts.js";

/** What narrows the list, in the address of the page too. */
const FILTERS = ["search", "disabled", "role"];

export async function people(app) {
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, new URLSearchParams(location.search).get(name) ?? ""]));
  const list = growing({
    app,
    caption: t("console_people.caption"),
    columns: [t("common.username"), t("common.name"), t("common.email"), t("console_people.state"), t("console_people.since")],
    load: async (cursor) => {
      const { users, next } = await app.admin.get("/users", { ...wanted, cursor });
      return { items: users, next };
    },
    cells: (user) => [
      h("a", { href: `/person?id=${user.id}` }, user.username),
      [user.first_name, user.last_name].filter(Boolean).join(" "),
      user.email,
      states(user),
      time(user.created_at),
    ],
    empty: t("console_people.none"),
  });
  const look = async (values) => {
    Object.assign(wanted, values);
    const said = Object.entries(wanted).filter(([, value]) => value);
    history.replaceState(null, "", `/people${said.length ? `?${new URLSearchParams(said)}` : ""}`);
    await list.refresh();
  };
  await list.refresh();
  return { title: t("console.people"), wide: true, body: [search(wanted, look), app.may("users:write") ? creating(app) : null, list.element] };
}

/** What there is to say of an account. */
export function states(user) {
  const said = [
    user.disabled ? badge(t("console_people.disabled"), "bad") : null,
    user.role ? badge(roleName(user.role)) : null,
    user.email_verified ? null : badge(t("home.not_confirmed")),
  ].filter(Boolean);
  return said.length ? h("span", { class: "badges" }, said) : t("console_people.active");
}

export const roleName = (role) => (role === "admin" ? t("console_people.admin") : t("console_people.support"));

function search(wanted, look) {
  const text = field({ name: "search", label: t("console_people.search"), value: wanted.search, hint: t("console_people.search_hint"), optional: true });
  const disabled = select({
    name: "disabled", label: t("console_people.state"), value: wanted.disabled,
    options: [["", t("console.any")], ["false", t("console_people.active")], ["true", t("console_people.disabled")]],
  });
  const role = select({
    name: "role", label: t("console_people.role"), value: wanted.role,
    options: [["", t("console.any")], ["admin", roleName("admin")], ["support", roleName("support")]],
  });
  return filters({ fields: [text, disabled, role], submit: t("console.look"), send: look, label: t("console_people.search_title") });
}

function creating(app) {
  return h("div", { class: "actions" }, button(t("console_people.create"), () => create(app)));
}

/** Without a password the owner is mailed a link that sets one. */
function create(app) {
  const fields = [
    field({ name: "first_name", label: t("common.first_name") }),
    field({ name: "last_name", label: t("common.last_name"), optional: true }),
    field({ name: "username", label: t("common.username"), hint: t("common.username_hint") }),
    field({ name: "email", label: t("common.email"), type: "email", inputmode: "email" }),
    checkbox("email_verified", t("console_people.vouch")),
    field({ name: "password", label: t("common.password"), type: "password", autocomplete: "new-password", hint: t("console_people.password_hint"), optional: true }),
  ];
  dialog({
    title: t("console_people.create"),
    fields,
    submit: t("console_people.create_submit"),
    send: async ({ password, ...values }) => {
      const { user } = await app.admin.post("/users", password ? { ...values, password } : values);
      return async () => {
        await app.go(`/person?id=${user.id}`);
        app.tell(t("console_people.created", { username: user.username }));
      };
    },
  });
}
