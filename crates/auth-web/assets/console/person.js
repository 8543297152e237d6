/** One person: what is known of them, and what can be done. */

import { deviceName } from "../device.js";
import { button, h, time } from "../ui.js";
import { t } from "../words.js";
import { lines } from "./audit-lines.js";
import { badge, section, table } from "./parts.js";
import { roleName, states } from "./people.js";
import { actions, editing } from "./person-actions.js";
import { factorsOf } from "./person-factors.js";

export async function person(app) {
  const id = new URLSearchParams(location.search).get("id") ?? "";
  const root = `/users/${encodeURIComponent(id)}`;
  const { user } = await app.admin.get(root);
  const view = { app, root, user, facts: h("div", {}), place: h("div", { class: "stack" }) };
  view.redraw = async () => redraw(view, (await app.admin.get(root)).user);
  redraw(view, user);
  const trail = app.may("audit:read") ? lines(app, { user: id }, { ofOne: true }) : null;
  const [devices, identities, factors] = await Promise.all([devicesOf(view), identitiesOf(view), factorsOf(view), trail?.refresh()]);
  return {
    title: `@${user.username}`,
    wide: true,
    body: [
      h("p", { class: "aside" }, h("a", { href: "/people" }, t("console_person.back"))),
      section(t("console_audit.account"), view.facts),
      view.place,
      devices,
      factors,
      identities,
      trail ? section(t("console.audit"), trail.element) : null,
    ],
  };
}

/** Shows the account as it is now, and what can be done with it. */
function redraw(view, user) {
  view.user = user;
  const heading = document.querySelector("main h1");
  if (heading?.textContent.startsWith("@")) heading.textContent = `@${user.username}`;
  view.facts.replaceChildren(facts(user));
  view.place.replaceChildren(...[actions(view), view.app.may("users:write") ? editing(view) : null].filter(Boolean));
}

function facts(user) {
  const confirmed = user.email_verified ? badge(t("home.confirmed"), "good") : badge(t("home.not_confirmed"));
  const entries = [
    [t("common.name"), [user.first_name, user.last_name].filter(Boolean).join(" ")],
    [t("common.username"), user.username],
    [t("common.email"), [user.email, " ", confirmed]],
    [t("console_people.state"), states(user)],
    [t("console_people.role"), user.role ? roleName(user.role) : t("console_people.no_role")],
    [t("home.signs_in_with"), user.has_password ? t("home.a_password") : t("home.a_linked_account")],
    [t("common.language"), user.language ?? t("common.language_auto")],
    [t("home.member_since"), time(user.created_at)],
    [t("console_person.id"), h("code", {}, user.id)],
  ];
  return h("dl", { class: "facts" }, entries.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}

async function devicesOf(view) {
  const { app, root } = view;
  const mayEnd = app.may("users:write");
  const columns = [t("console_person.device"), t("console_audit.address"), t("console_person.last_seen"), t("console_person.ends")];
  const rows = table(t("console_person.devices_caption"), mayEnd ? [...columns, ""] : columns);
  const none = h("p", { class: "empty" }, t("console_person.no_devices"));
  const draw = async () => {
    const { sessions } = await app.admin.get(`${root}/sessions`);
    rows.clear();
    for (const session of sessions) {
      const name = deviceName(session.user_agent ?? "");
      const end = async () => {
        await app.admin.delete(`${root}/sessions/${encodeURIComponent(session.id)}`);
        await draw();
        app.tell(t("devices.signed_out", { name }));
        part.querySelector("h2").focus();
      };
      const cells = [
        [name, session.current ? [" ", badge(t("devices.this_device"), "good")] : null],
        session.ip,
        time(session.last_seen_at),
        time(session.expires_at),
      ];
      rows.add(mayEnd ? [...cells, button(t("devices.sign_out"), end, "plain small", { "aria-label": t("console_person.end_label", { name }) })] : cells);
    }
    rows.element.hidden = !sessions.length;
    none.hidden = sessions.length > 0;
  };
  view.redrawDevices = draw;
  const part = section(t("devices.title"), rows.element, none);
  await draw();
  return part;
}

async function identitiesOf({ app, root }) {
  const { identities } = await app.admin.get(`${root}/identities`);
  if (!identities.length) return null;
  const rows = table(t("console_person.identities_caption"), [t("console_person.provider"), t("common.email"), t("console_person.linked")]);
  for (const one of identities) rows.add([one.provider, one.email, time(one.linked_at)]);
  return section(t("linked.title"), rows.element);
}
