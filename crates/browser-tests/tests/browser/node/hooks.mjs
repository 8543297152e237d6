// The hooks in a browser: how often they subscribe, what is seen, and what is left behind.
import { AuthProvider, useAuth, useUser } from "comprehensive-auth-client/react";
import { createElement as h, StrictMode } from "react";
import { createRoot } from "react-dom/client";

const [ADA, GRACE] = [{ username: "ada" }, { username: "grace" }];

/** A client that counts who listens to it. */
class Client {
  user = null;
  listeners = new Set();
  most = 0;
  resumed = 0;

  /** @param back waits, and then says who comes back */
  constructor(back) {
    this.back = back;
  }

  async resume() {
    this.resumed += 1;
    this.become(await this.back());
  }

  on(_type, listener) {
    this.listeners.add(listener);
    this.most = Math.max(this.most, this.listeners.size);
    return () => this.listeners.delete(listener);
  }

  become(user) {
    this.user = user;
    for (const listener of [...this.listeners]) listener({ user });
  }
}

let retry;

function Status() {
  const [auth, user] = [useAuth(), useUser()];
  retry = auth.retry;
  return h("p", null, `${auth.status} ${user?.username ?? "-"}`);
}

/** Two providers of one client, and two components below each. */
class View {
  /** Every state that was to be seen. */
  seen = [];
  /** Those in which components differed. */
  torn = [];

  constructor(client) {
    this.place = document.body.appendChild(document.createElement("div"));
    this.root = createRoot(this.place);
    const provider = (key) => h(AuthProvider, { client, key }, h(Status), h(Status));
    const look = { childList: true, subtree: true, characterData: true };
    new MutationObserver(() => this.look()).observe(this.place, look);
    this.root.render(h(StrictMode, null, provider("one"), provider("other")));
  }

  look() {
    const texts = [...this.place.querySelectorAll("p")].map((one) => one.textContent);
    if (new Set(texts).size > 1) this.torn.push(texts);
    if (texts.length > 0 && this.seen.at(-1) !== texts[0]) this.seen.push(texts[0]);
  }

  async shows(wanted) {
    while (this.seen.at(-1) !== wanted) await new Promise(requestAnimationFrame);
    return wanted;
  }
}

export async function run() {
  let open;
  const gate = new Promise((done) => (open = () => done(ADA)));
  const client = new Client(() => gate);
  const view = new View(client);
  await view.shows("loading -");
  open();
  await view.shows("signed-in ada");
  client.become(GRACE);
  await view.shows("signed-in grace");
  client.become(null);
  await view.shows("signed-out -");
  view.root.unmount();
  // React cleans up after effects in a task of its own.
  while (client.listeners.size > 0) await new Promise(requestAnimationFrame);
  const { seen, torn } = view;
  const { most, resumed } = client;

  // Who signs in while nobody listens is seen as soon as somebody does.
  client.back = async () => client.user;
  client.become(ADA);
  const missed = await new View(client).shows("signed-in ada");

  const away = new Client(() => Promise.reject(new Error("down")));
  const lost = new View(away);
  const failed = await lost.shows("unreachable -");
  away.back = async () => ADA;
  retry();
  const retried = await lost.shows("signed-in ada");
  return { seen, torn, most, resumed, missed, failed, retried };
}
