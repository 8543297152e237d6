/** The profile and the signed-in devices. */

import { button, field, form, h, notice, problemPlace, time } from "./ui.js";

/** Names and username. */
export async function profile(app) {
  const user = await app.client.profile();
  const fields = [
    field({ name: "first_name", label: "First name", autocomplete: "given-name", value: user.first_name }),
    field({ name: "last_name", label: "Last name", autocomplete: "family-name", value: user.last_name, optional: true }),
    field({ name: "username", label: "Username", autocomplete: "username", value: user.username, hint: "3 to 32 letters, digits, dots, hyphens or underscores." }),
  ];
  const saved = h("div", { role: "status" });
  const send = async (values) => {
    saved.replaceChildren();
    const changed = Object.entries(values).filter(([name, value]) => value !== app.user[name]);
    if (changed.length) await app.client.changeProfile(Object.fromEntries(changed));
    saved.replaceChildren(notice("good", changed.length ? "Your profile is saved." : "There was nothing to change."));
  };
  return {
    title: "Profile",
    body: [
      form({ fields, submit: "Save", send }), saved,
      h("p", { class: "aside" }, "Your address is ", h("strong", {}, user.email), ". ", h("a", { href: "/security" }, "Change it")),
    ],
  };
}

/** Where the account is signed in. */
export async function devices(app) {
  const list = h("ul", { class: "list" });
  const others = h("div", { class: "actions" });
  const problem = problemPlace();
  const draw = async () => {
    const sessions = (await app.client.sessions()).sort((a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at));
    list.replaceChildren(...sessions.map((session) => device(app, session, problem, draw)));
    others.replaceChildren(sessions.length > 1 ? signOutOthers(app, problem, draw) : h("p", { class: "hint" }, "You are signed in nowhere else."));
  };
  await draw();
  return { title: "Devices", wide: true, body: [h("p", {}, "Everywhere your account is signed in."), list, problem, others] };
}

function device(app, session, problem, draw) {
  const name = deviceName(session.user_agent);
  const end = button("Sign out", async () => {
    await app.client.revokeSession(session.id);
    await draw();
    app.tell(`${name} is signed out.`);
    document.querySelector("h1")?.focus();
  }, "plain small", { problem, "aria-label": `Sign out ${name}, last seen ${new Date(session.last_seen_at).toLocaleString()}` });
  return h("li", { class: "item" },
    h("div", {},
      h("p", { class: "item-title" }, name, session.current ? [" ", h("span", { class: "badge good" }, "this device")] : null),
      h("p", { class: "hint" }, session.ip, " · last seen ", time(session.last_seen_at), " · ends ", time(session.expires_at))),
    session.current ? null : end);
}

function signOutOthers(app, problem, draw) {
  return button("Sign out all others", async () => {
    const count = await app.client.revokeOtherSessions();
    await draw();
    app.tell(`${count} signed out.`);
    document.querySelector("h1")?.focus();
  }, "danger", { problem });
}

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]];

/** A browser's own words, shortened to what a person would say. */
function deviceName(agent) {
  const find = (names) => names.find(([sign]) => agent.includes(sign))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? (agent.slice(0, 60) || "Unknown device");
}
