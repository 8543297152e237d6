/** The mails of a development server, which leave the machine for nowhere. */

import { button, h, time } from "./ui.js";

export async function mailbox() {
  const list = h("div", { class: "mails" });
  const draw = async () => {
    const answer = await fetch("/dev/mailbox.json", { cache: "no-store", signal: AbortSignal.timeout(15_000) });
    const mails = answer.ok ? await answer.json() : [];
    list.replaceChildren(...mails.map(mail));
    if (!mails.length) list.append(h("p", { class: "empty" }, "No mail yet. Sign up or ask for a new password, and it lands here."));
  };
  await draw();
  return {
    title: "Development mailbox",
    wide: true,
    body: [h("p", {}, "Mail this server would have sent, newest first."), h("div", { class: "actions" }, button("Look again", draw)), list],
  };
}

function mail(one, index) {
  return h("details", { class: "card mail", open: index === 0 },
    h("summary", {}, h("span", { class: "item-title" }, one.subject), h("span", { class: "hint" }, one.to, " · ", time(one.sent_at))),
    h("h2", {}, "As HTML"), h("div", { class: "letter" }, letter(one.html)),
    h("h2", {}, "As text"), h("pre", {}, linkified(one.text)));
}

/** What of a mail's HTML is shown; anything else only lends its content. */
const SHOWN = { H1: "h3", H2: "h3", P: "p", A: "a", STRONG: "strong", EM: "em", UL: "ul", OL: "ol", LI: "li", BR: "br" };

/** A mail's HTML, rebuilt from its structure, so that nothing in it can act or style. */
function letter(html) {
  const inert = new DOMParser().parseFromString(html.replaceAll(/ style="[^"]*"/g, ""), "text/html");
  return rebuilt(inert.body);
}

function rebuilt(node) {
  return [...node.childNodes].flatMap((child) => {
    if (child.nodeType === Node.TEXT_NODE) return [child.textContent];
    if (child.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE"].includes(child.tagName)) return [];
    const tag = SHOWN[child.tagName];
    if (!tag) return rebuilt(child);
    return [h(tag, tag === "a" ? { href: safeUrl(child.getAttribute("href")) } : {}, rebuilt(child))];
  });
}

function safeUrl(url) {
  return /^https?:\/\//.test(url ?? "") ? url : null;
}

/** Text with its addresses as links. */
function linkified(text) {
  return text.split(/(https?:\/\/\S+)/).map((part, n) => (n % 2 ? h("a", { href: part }, part) : part));
}
