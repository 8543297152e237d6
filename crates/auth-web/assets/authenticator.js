/** An authenticator app that is to be added: what it is given. */

import { h, svg } from "./ui.js";
import { rich, t } from "./words.js";

/** Of a QR code's image, what is drawn. */
const DRAWN = { rect: ["x", "y", "width", "height", "fill"], path: ["d", "fill"] };

/** What is scanned, or followed, or typed. */
export function newApp({ secret, uri, qr }) {
  const key = secret.replaceAll(/(.{4})(?=.)/g, "$1 ");
  return h("div", { class: "stack" },
    h("p", {}, t("authenticator.scan")),
    image(qr),
    h("p", {}, rich("authenticator.here", { link: h("a", { href: uri.startsWith("otpauth://") ? uri : null }, t("authenticator.open_there")) })),
    h("p", {}, rich("authenticator.type_key", { key: h("code", { class: "key" }, key) })));
}

/** The image, rebuilt from its shapes, so that nothing else gets into the page. */
function image(text) {
  const source = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const box = source.getAttribute("viewBox");
  if (source.localName !== "svg" || !box) return null;
  const shapes = [...source.querySelectorAll("rect, path")].map((one) => svg(one.localName, copied(one, DRAWN[one.localName])));
  return svg("svg", { viewBox: box, class: "qr", role: "img", "aria-label": t("authenticator.qr"), "shape-rendering": "crispEdges" }, ...shapes);
}

function copied(element, names) {
  return Object.fromEntries(names.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]));
}
