/** What can be done with an account, by whoever may. */

import { withStep } from "../proof.js";
import { button, checkbox, field, form, h, problemPlace } from "../ui.js";
import { counted, t } from "../words.js";
import { download } from "./download.js";
import { dialog, outcome, section, select } from "./parts.js";
import { roleName } from "./people.js";

export function actions(view) {
  const { app, user } = view;
  const done = outcome();
  const problem = problemPlace();
  const act = (permission, words, work, kind = "plain") =>
    app.may(permission) ? button(words, async () => {
      done.clear();
      await work(done);
    }, kind, { problem }) : null;
  const isOwn = app.me.actor === `user:${user.id}`;
  const buttons = [
    act("users:support", t("console_person.unlock"), unlock(view)),
    user.disabled ? null : act("users:support", t("console_person.reset"), sendReset(view)),
    act("users:write", t("console_person.sign_out"), signOut(view)),
    isOwn ? null : act("roles:write", t("console_person.change_role"), changeRole(view)),
    act("users:export", t("console_person.export"), exported(view)),
    user.disabled ? act("users:write", t("console_person.enable"), enable(view), "primary") : act("users:write", t("console_person.disable"), disable(view), "danger"),
    act("users:delete", t("console_person.delete"), remove(view), "danger"),
  ].filter(Boolean);
  const said = view.said;
  view.said = null;
  if (said) done.say(said);
  return buttons.length ? section(t("console.actions"), h("div", { class: "actions" }, buttons), problem, done.place) : null;
}

/** Shows the account anew, and says what was done. The buttons are others now, so the focus is above them. */
async function settled(view, words) {
  view.said = words;
  await view.redraw();
  view.place.querySelector("h2")?.focus();
  view.app.tell(words);
}

const unlock = ({ app, root }) => async (done) => {
  await app.admin.post(`${root}/unlock`);
  done.say(t("console_person.unlocked"));
};

const sendReset = ({ app, root, user }) => async (done) => {
  await app.admin.post(`${root}/reset-password`);
  done.say(t("console_person.reset_sent", { email: user.email }));
};

const signOut = ({ app, root, redrawDevices }) => async (done) => {
  const { sessions_ended } = await app.admin.post(`${root}/sign-out`);
  done.say(counted("console_person.count_ended", sessions_ended));
  await redrawDevices?.();
};

const enable = (view) => async () => {
  await view.app.admin.post(`${view.root}/enable`);
  await settled(view, t("console_person.enabled"));
};

const disable = (view) => () =>
  dialog({
    title: t("console_person.disable"),
    words: t("console_person.disable_why", { username: view.user.username }),
    fields: [],
    submit: t("console_person.disable"),
    kind: "danger",
    send: async () => {
      await view.app.admin.post(`${view.root}/disable`);
      return async () => {
        await settled(view, t("console_person.disabled"));
        await view.redrawDevices?.();
      };
    },
  });

const changeRole = (view) => () =>
  dialog({
    title: t("console_person.change_role"),
    words: t("console_person.role_why"),
    fields: [select({
      name: "role", label: t("console_people.role"), value: view.user.role ?? "none",
      options: [["none", t("console_people.no_role")], ["support", roleName("support")], ["admin", roleName("admin")]],
    })],
    submit: t("common.save"),
    send: async ({ role }) => {
      await view.app.admin.put(`${view.root}/role`, { role });
      return () => settled(view, t("console_person.role_changed"));
    },
  });

const exported = ({ app, root, user }) => async (done) => {
  const all = await withStep(app, () => app.admin.get(`${root}/export`));
  download(`${user.username}.json`, "application/json", [JSON.stringify(all, null, 2), "\n"]);
  done.say(t("console_person.exported"));
};

/** Deleting takes the name of the account, typed. */
const remove = (view) => () => {
  const { app, root, user } = view;
  const name = field({ name: "confirm", label: t("console_person.type_name", { username: user.username }) });
  dialog({
    title: t("console_person.delete"),
    words: t("console_person.delete_why"),
    fields: [name],
    submit: t("console_person.delete"),
    kind: "danger",
    send: async ({ confirm }) => {
      if (confirm !== user.username) {
        name.show(t("console_person.name_differs"));
        name.input.focus();
        return null;
      }
      await app.admin.delete(root);
      return async () => {
        await app.go("/people", { replace: true });
        app.tell(t("console_person.deleted", { username: user.username }));
      };
    },
  });
};

/** Names and the address. */
export function editing(view) {
  const { app, root, user } = view;
  const fields = [
    field({ name: "first_name", label: t("common.first_name"), value: user.first_name }),
    field({ name: "last_name", label: t("common.last_name"), value: user.last_name, optional: true }),
    field({ name: "username", label: t("common.username"), value: user.username, hint: t("common.username_hint") }),
    field({ name: "email", label: t("common.email"), type: "email", inputmode: "email", value: user.email, hint: t("console_person.email_hint") }),
    checkbox("email_verified", t("console_people.vouch")),
  ];
  const done = outcome();
  const send = async ({ email_verified, ...values }) => {
    done.clear();
    const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== user[name]));
    if (!Object.keys(changed).length) return done.say(t("profile.unchanged"), "info");
    await app.admin.patch(root, "email" in changed ? { ...changed, email_verified } : changed);
    return settled(view, "email" in changed && !email_verified ? t("console_person.address_asked") : t("console_person.saved"));
  };
  const element = form({ fields, submit: t("common.save"), send, label: t("console_person.edit") });
  return h("details", { class: "card" }, h("summary", {}, t("console_person.edit")), element, done.place);
}
