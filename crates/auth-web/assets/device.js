/** What a person would call a device. */

import { t } from "./words.js";

const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]];

/** A browser's own words, shortened to what a person would say. */
export function deviceName(agent) {
  const find = (names) => names.find(([sign]) => agent.includes(sign))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  if (browser && system) return t("devices.browser_on", { browser, system });
  return browser ?? (agent.slice(0, 60) || t("devices.unknown"));
}
