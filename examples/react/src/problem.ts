import { AuthError, type Pending } from "comprehensive-auth-client";

/** What to tell people of an error. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The step that a sign-in takes, if that is what it ended with. */
export function pendingOf(error: unknown): Pending | null {
  return (error instanceof AuthError && error.pending) || null;
}

/** Whether nothing waits any more, so that a sign-in begins anew. */
export function isOver(error: unknown): boolean {
  return error instanceof AuthError && error.code === "invalid_token";
}

/** What to tell beside the field of a form. */
export function wordsFor(field: string, error: unknown): string | undefined {
  if (!(error instanceof AuthError)) return undefined;
  if (field === "code" && error.code === "invalid_factor") return "This code is wrong, or it was used already.";
  return error.errors.find((one) => one.field === field)?.detail;
}

/** What to tell above a form, where no field says it. */
export function wordsAbove(error: unknown): string | null {
  if (error === null || (error instanceof AuthError && (error.errors.length > 0 || error.code === "invalid_factor"))) return null;
  return words(error);
}
