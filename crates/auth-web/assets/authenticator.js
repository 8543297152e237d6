/** An authenticator app that is to be added: what it is given. */

import { h, svg } from "./ui.js";

/** Of a QR code's image, what is drawn. */
const DRAWN = { rect: ["x", "y", "width", "height", "fill"], path: ["d", "fill"] };

/** What is scanned, or followed, or typed. */
export function newApp({ secret, uri, qr }) {
  const key = secret.replaceAll(/(.{4})(?=.)/g, "$1 ");
  return h("div", { class: "stack" },
    h("p", {}, "Scan this with your authenticator app:"),
    image(qr),
    h("p", {}, "Is the app on this device? ", h("a", { href: uri.startsWith("otpauth://") ? uri : null }, "Open it there"), "."),
    h("p", {}, "Or type this key into the app: ", h("code", { class: "key" }, key)));
}

/** The image, rebuilt from its shapes, so that nothing else gets into the page. */
function image(text) {
  const source = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const box = source.getAttribute("viewBox");
  if (source.localName !== "svg" || !box) return null;
  const shapes = [...source.querySelectorAll("rect, path")].map((one) => svg(one.localName, copied(one, DRAWN[one.localName])));
  return svg("svg", { viewBox: box, class: "qr", role: "img", "aria-label": "QR code for your authenticator app", "shape-rendering": "crispEdges" }, ...shapes);
}

function copied(element, names) {
  return Object.fromEntries(names.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]));
}
