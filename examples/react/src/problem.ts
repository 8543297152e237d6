import { AuthError } from "comprehensive-auth-client";

/** What to tell people of an error. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to tell beside the field of a form. */
export function wordsFor(field: string, error: unknown): string | undefined {
  if (!(error instanceof AuthError)) return undefined;
  return error.errors.find((one) => one.field === field)?.detail;
}

/** What to tell above a form, where no field says it. */
export function wordsAbove(error: unknown): string | null {
  if (error === null || (error instanceof AuthError && error.errors.length > 0)) return null;
  return words(error);
}
