/** An authenticator app that is to be added: what it is given. */

import { h } from "./ui.js";

/** Of a QR code's image, what is drawn. */
const DRAWN = { rect: ["x", "y", "width", "height", "fill"], path: ["d", "fill"] };

const SVG = "http://www.w3.org/2000/svg";

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
  const drawn = svg("svg", { viewBox: box, class: "qr", role: "img", "aria-label": "QR code for your authenticator app", "shape-rendering": "crispEdges" });
  drawn.append(...shapes);
  return drawn;
}

function copied(element, names) {
  return Object.fromEntries(names.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]));
}

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
