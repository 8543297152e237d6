/** What happened, in words. */

import { has, t } from "./words.js";

/** An event by its name; one that there are no words for yet is called what it is. */
export function eventWords(event) {
  const key = `event.${event}`;
  return has(key) ? t(key) : event.replaceAll("_", " ");
}
