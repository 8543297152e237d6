/** The marks of providers, drawn simply, and one for those that have none here. */

import { svg } from "./ui.js";

const fill = (color, d) => ["path", { d, fill: color }];
const line = (color, d, width = 4) => ["path", { d, fill: "none", stroke: color, "stroke-width": width }];

/** By the id that a provider has unless it was given another. */
const LOGOS = {
  google: [
    line("#ea4335", "M18.1 6.9A8 8 0 0 0 4.8 8.6"), line("#fbbc05", "M4.8 8.6A8 8 0 0 0 4.8 15.4"),
    line("#34a853", "M4.8 15.4A8 8 0 0 0 17.1 18.1"), line("#4285f4", "M17.1 18.1A8 8 0 0 0 20 12H12.5"),
  ],
  microsoft: [fill("#f25022", "M3 3h8.5v8.5H3z"), fill("#7fba00", "M12.5 3H21v8.5h-8.5z"), fill("#00a4ef", "M3 12.5h8.5V21H3z"), fill("#ffb900", "M12.5 12.5H21V21h-8.5z")],
  apple: [fill("currentColor", "M16.5 2.5c.2 2-1.9 4.2-4.1 4.1-.2-2 1.9-4.1 4.1-4.1zM12.3 8c1-.1 2.4-1 4.1-.9 1.4.1 2.6.7 3.4 1.8-3.2 2-2.7 6.4.6 7.7-.7 1.9-2.2 4.9-4.1 4.9-1.3 0-1.7-.8-3.4-.8s-2.1.8-3.3.8c-2.7 0-5.9-5.7-5.4-9.7C4.7 8.8 6.7 7.1 8.8 7.1c1.5 0 2.6.9 3.5.9z")],
  github: [fill("currentColor", "M5 4l3.2 1.6a10 10 0 0 1 7.6 0L19 4c.7 1.8.7 3.4.3 4.6A7 7 0 0 1 20.5 12c0 4.5-3 6.3-6 6.8V22h-5v-2.2c-3 .6-3.6-1.3-4.7-2 2.2-.6 2.5 1 4.7.6v-.6c-3-.5-6-1.3-6-5.8a7 7 0 0 1 1.2-3.4C4.3 7.4 4.3 5.8 5 4z")],
  gitlab: [fill("#fc6d26", "M12 21L2.5 13.5l2.5-10 3 6.5h8l3-6.5 2.5 10z"), fill("#e24329", "M12 21L8 10h8z")],
  linkedin: [fill("#0a66c2", "M5 2.5h14a2.5 2.5 0 0 1 2.5 2.5v14a2.5 2.5 0 0 1-2.5 2.5H5A2.5 2.5 0 0 1 2.5 19V5A2.5 2.5 0 0 1 5 2.5z"), line("#fff", "M7.2 10v8M7.2 6v2M11.5 18v-8M11.5 14c0-4.5 5.5-4.5 5.5 0v4", 2.4)],
  discord: [fill("#5865f2", "M6 5.5q6-2 12 0 3.5 5.5 2.8 11.5-2 1.5-4.8 2l-1.2-2q-2.8.6-5.6 0L8 19q-2.8-.5-4.8-2Q2.5 11 6 5.5z"), line("#fff", "M9 10.5v2.5M15 10.5v2.5", 3)],
};

const OTHER = [line("currentColor", "M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2.2 2.2L15.2 10", 2)];

/** A provider's mark; its name stands beside it. */
export function logo(id) {
  const shapes = (LOGOS[id] ?? OTHER).map(([tag, attributes]) => svg(tag, attributes));
  return svg("svg", { viewBox: "0 0 24 24", class: "logo", "aria-hidden": "true" }, ...shapes);
}
