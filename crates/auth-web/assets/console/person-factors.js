/** The second factors of an account. */

import { button, h, notice, problemPlace, time } from "../ui.js";
import { rich, t } from "../words.js";
import { badge, dialog, section, select, table } from "./parts.js";

const KINDS = { totp: "factors.totp", passkey: "factors.passkey" };

/** When factors go that somebody has lost, in seconds. */
const DELAYS = [["86400", "console_person.in_a_day"], ["604800", "console_person.in_a_week"], ["0", "console_person.at_once"]];

export async function factorsOf({ app, root }) {
  const place = h("div", { class: "stack" });
  const problem = problemPlace();
  const part = section(t("security.step"), place, problem);
  const draw = async () => {
    const held = await app.admin.get(`${root}/factors`);
    place.replaceChildren(...[state(held), list(held), app.may("users:write") ? buttons(held) : null].filter(Boolean));
  };
  const settled = async (words) => {
    await draw();
    app.tell(words);
    part.querySelector("h2").focus();
  };
  const buttons = ({ required, factors, removed_at }) => {
    const require = async () => {
      await app.admin.put(`${root}/factors/required`, { required: !required });
      await settled(t("console_person.changed"));
    };
    const keep = async () => {
      await app.admin.delete(`${root}/factors/reset`);
      await settled(t("console_person.changed"));
    };
    const reset = () => dialog({
      title: t("console_person.reset_factors"),
      words: t("console_person.reset_factors_why"),
      fields: [select({ name: "delay", label: t("console_person.reset_when"), value: "86400", options: DELAYS.map(([value, key]) => [value, t(key)]) })],
      submit: t("console_person.reset_factors"),
      kind: "danger",
      send: async ({ delay }) => {
        await app.admin.post(`${root}/factors/reset`, { delay: Number(delay) });
        return () => settled(t("console_person.changed"));
      },
    });
    return h("div", { class: "actions" },
      button(required ? t("console_person.require_no_more") : t("console_person.require"), require, "plain", { problem }),
      removed_at ? button(t("console_person.keep_factors"), keep, "plain", { problem }) : null,
      factors.length && !removed_at ? button(t("console_person.reset_factors"), reset, "plain", { problem }) : null);
  };
  await draw();
  return part;
}

function state({ required, factors, recovery_codes, removed_at }) {
  return [
    removed_at ? notice("bad", ...rich("console_person.removed_at", { time: time(removed_at) })) : null,
    h("p", {}, factors.length ? t("console_person.codes_left", { count: recovery_codes }) : t("console_person.no_factors"),
      required ? [" ", badge(t("console_person.required"))] : null),
  ].filter(Boolean).reduce((all, one) => (all.append(one), all), h("div", { class: "stack" }));
}

function list({ factors }) {
  if (!factors.length) return null;
  const rows = table(t("console_person.factors_caption"), [t("common.name"), t("console_person.kind"), t("console_person.added"), t("console_person.used")]);
  for (const one of factors) {
    rows.add([one.name, KINDS[one.kind] ? t(KINDS[one.kind]) : one.kind, time(one.created_at), one.last_used_at ? time(one.last_used_at) : null]);
  }
  return rows.element;
}
