/** Passkeys: signing in with nothing else, and what goes wrong with them. */

import { askForPasskey, fillsPasskeys, hasPasskeys } from "./client.js";
import { orStep } from "./pending.js";
import { Said, button, inWords, notice, problemPlace } from "./ui.js";
import { t } from "./words.js";

/** What browsers refuse, and the words for it. */
const REFUSED = {
  NotAllowedError: "passkeys.not_allowed",
  InvalidStateError: "passkeys.invalid_state",
  SecurityError: "passkeys.security",
  NotSupportedError: "passkeys.not_supported",
};

/** Does something with a passkey. */
export async function withPasskey(work) {
  try {
    return await work();
  } catch (error) {
    const key = error.code === "invalid_factor" ? "passkeys.unknown" : REFUSED[error.name];
    throw key ? new Said(t(key)) : error;
  }
}

/** The ways to sign in with a passkey alone: a button, and what the browser offers where the username is typed. */
export function offerPasskeys(app, remember) {
  const offered = hasPasskeys() && app.strategy.factors?.passwordless.includes("passkey");
  if (!offered) return { button: null, begin: () => {}, end: () => {} };
  const problem = problemPlace();
  const finish = (pending, credential) => {
    const shown = { method: "passkey", credential };
    return orStep(app, () => app.client.finishSignIn(pending, shown, { remember: remember.value() }));
  };
  const filling = fill(app, finish, problem);
  const use = async () => {
    filling.pause();
    try {
      const { pending, passkey } = await app.client.beginPasskeySignIn();
      await withPasskey(async () => finish(pending, await askForPasskey(passkey)));
    } finally {
      filling.begin();
    }
  };
  return { button: [button(t("passkeys.sign_in"), use, "plain wide", { problem }), problem], begin: filling.begin, end: filling.end };
}

/** Has the browser offer passkeys in the field, as long as the page is there; who wants none hears nothing of it. */
function fill(app, finish, problem) {
  let asked = new AbortController();
  let isOver = false;
  const pause = () => asked.abort();
  const offer = async ({ signal }) => {
    if (app.user || !(await fillsPasskeys())) return;
    const { pending, passkey } = await app.client.beginPasskeySignIn();
    if (signal.aborted) return;
    const credential = await askForPasskey(passkey, { mediation: "conditional", signal });
    problem.replaceChildren();
    await withPasskey(() => finish(pending, credential)).catch((error) => {
      const words = error.code === "invalid_token" ? t("passkeys.open_long") : inWords(error);
      problem.replaceChildren(notice("bad", words));
      begin();
    });
  };
  const begin = () => {
    pause();
    if (isOver) return;
    asked = new AbortController();
    offer(asked).catch(() => {});
  };
  const end = () => {
    isOver = true;
    pause();
  };
  return { begin, pause, end };
}
