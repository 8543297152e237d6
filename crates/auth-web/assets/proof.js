/** What takes proof that it is still you: it is asked for, and then what was asked goes on. */

/** Does what asks for a second step that was taken lately. */
export async function withStep(app, work) {
  try {
    return await work();
  } catch (error) {
    if (error.code !== "factor_required") throw error;
    const { askForStep } = await import("./again.js");
    await askForStep(app, error);
    return work();
  }
}

/** The same for what may ask for the password too; who has none is told `reauth_required`. */
export async function proven(app, work) {
  try {
    return await withStep(app, () => work({}));
  } catch (error) {
    if (error.code !== "reauth_required" || !app.user?.has_password) throw error;
    const { askForPassword } = await import("./again.js");
    return askForPassword(app, error, (proof) => withStep(app, () => work(proof)));
  }
}
