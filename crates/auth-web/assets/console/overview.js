/** How the server does, in figures that are looked at again every few seconds. */

import { h, inWords, notice, time } from "../ui.js";
import { t } from "../words.js";
import { badge, number, section, table } from "./parts.js";

/** How often, in ms. */
const EVERY = 5000;

/** The parts whose health is told, in words. */
const PARTS = {
  database: "console_overview.database",
  redis: "console_overview.redis",
  mail_queue: "console_overview.mail_queue",
  hash_queue: "console_overview.hash_queue",
  leases: "console_overview.leases",
};

const KINDS = [["succeeded", "console_overview.succeeded"], ["pending", "console_overview.pending"], ["failed", "console_overview.failed"], ["throttled", "console_overview.throttled"]];

export async function overview(app) {
  const view = { app, trouble: h("div", { class: "stack" }), place: h("div", { class: "figures" }), status: "" };
  draw(view, await app.admin.get("/overview"));
  let timer = 0;
  let isOver = false;
  const look = async () => {
    // Nobody looks at a page that is out of sight.
    if (!document.hidden) await update(view);
    if (!isOver) timer = setTimeout(look, EVERY);
  };
  return {
    title: t("nav.overview"),
    wide: true,
    shown: () => (timer = setTimeout(look, EVERY)),
    gone: () => {
      isOver = true;
      clearTimeout(timer);
    },
    body: [view.trouble, view.place],
  };
}

async function update(view) {
  try {
    const figures = await view.app.admin.get("/overview");
    view.trouble.replaceChildren();
    draw(view, figures);
  } catch (error) {
    if (view.trouble.firstChild) return;
    view.trouble.replaceChildren(notice("bad", t("console_overview.stale"), " ", inWords(error)));
    view.app.tell(t("console_overview.stale"));
  }
}

/** Draws all figures anew. Only a change of health is told to who can't see it: numbers change all the time. */
function draw(view, figures) {
  const { status } = figures.health;
  if (view.status && view.status !== status) view.app.tell(status === "ok" ? t("console_overview.well") : t("console_overview.unwell"));
  view.status = status;
  const parts = [health(figures), signIns(figures), queues(figures), cache(figures), nodes(figures)].filter(Boolean);
  const fresh = h("div", {}, parts);
  // What is the same stays, so that nobody loses what they have marked.
  const [old, now] = [[...view.place.children], [...fresh.children]];
  if (old.length !== now.length) return view.place.replaceChildren(...now);
  return now.forEach((part, n) => same(old[n], part) || old[n].replaceWith(part));
}

const same = (one, other) => one.textContent === other.textContent && one.innerHTML.replace(IDS, "") === other.innerHTML.replace(IDS, "");

/** Ids are made anew each time. */
const IDS = / id="[^"]*"/g;

/** Terms and what they are. */
function facts(entries) {
  return h("dl", { class: "facts" }, entries.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))));
}

function health({ health: { status, parts }, server }) {
  const state = (word) => (word === "ok" ? badge(t("console_overview.ok"), "good") : badge(t("console_overview.degraded"), "bad"));
  const entries = Object.entries(parts).map(([name, word]) => [PARTS[name] ? t(PARTS[name]) : name, state(word)]);
  return section(t("console_overview.health"),
    h("p", {}, status === "ok" ? t("console_overview.well") : t("console_overview.unwell")),
    facts([...entries, [t("demo.strategy"), `${server.strategy} · ${server.transport}`], [t("console_overview.started"), time(server.started_at)]]));
}

function signIns({ sign_ins, server }) {
  const rows = table(t("console_overview.sign_ins_caption"), [t("console_overview.outcome"), t("console_overview.last_minute"), t("console_overview.since_start")]);
  for (const [kind, words] of KINDS) rows.add([t(words), number(sign_ins.last_minute[kind]), number(sign_ins.since_start[kind])]);
  return section(t("console_overview.sign_ins"), rows.element, h("p", { class: "hint" }, t("console_overview.own_counts", { time: time(server.started_at).textContent })));
}

function queues({ hashing, mail, sessions }) {
  const unknown = t("console_overview.unknown");
  const due = mail?.first_due_at && Date.parse(mail.first_due_at) < Date.now() ? time(mail.first_due_at) : t("console_overview.none_due");
  const many = (count, bound) => (count >= bound ? t("console_overview.at_least", { count: number(count) }) : number(count));
  return section(t("console_overview.queues"), facts([
    [t("console_overview.hashing"), t("console_overview.of", { count: number(hashing.pending), all: number(hashing.capacity) })],
    [t("console_overview.mail_waiting"), mail ? many(mail.waiting, 10_000) : unknown],
    [t("console_overview.mail_failing"), mail ? (mail.failing ? badge(number(mail.failing), "bad") : number(0)) : unknown],
    [t("console_overview.mail_due"), mail ? due : unknown],
    [t("console_overview.sessions"), sessions === null ? unknown : many(sessions, 100_000)],
  ]));
}

function cache({ cache: kept }) {
  if (!kept) return null;
  const reads = kept.hits + kept.misses + kept.bypasses;
  const rate = reads ? new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 }).format(kept.hits / reads) : t("console_overview.no_reads");
  const lease = { true: badge(t("console_overview.lease_holds"), "good"), false: badge(t("console_overview.lease_lost"), "bad") }[kept.lease_holds];
  return section(t("console_overview.cache"), facts([
    [t("console_overview.hit_rate"), rate],
    [t("console_overview.reads"), number(reads)],
    [t("console_overview.memory"), t("console_overview.kilobytes", { count: number(Math.round(kept.bytes / 1024)) })],
    [t("console_overview.lease"), lease ?? t("console_overview.unknown")],
  ]));
}

function nodes({ nodes: all }) {
  if (!all) return null;
  const rows = table(t("console_overview.nodes_caption"), [t("common.name"), t("console_overview.seen"), t("console_overview.lease"), t("console_overview.session_store")]);
  for (const node of all) {
    rows.add([
      [node.name, node.this ? [" ", badge(t("console_overview.this_node"))] : null],
      time(node.seen_at),
      node.leases ? t("console_overview.takes_part") : badge(t("console_overview.takes_no_part"), "bad"),
      node.shares_sessions ? t("console_overview.shared") : badge(t("console_overview.elsewhere"), "bad"),
    ]);
  }
  return section(t("console_overview.nodes"), rows.element);
}
