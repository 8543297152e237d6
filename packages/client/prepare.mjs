// Puts beside the hooks what they need and what is kept elsewhere in the repository: the client
// as the servers serve it, its types, and the licences. npm runs this before it packs the
// package, and when it links the package from a checkout.
import { copyFile } from "node:fs/promises";

const root = new URL("../../", import.meta.url);
const copied = ["crates/auth-web/assets/client.js", "crates/auth-web/assets/client.d.ts", "LICENSE-MIT", "LICENSE-APACHE"];

for (const path of copied) {
  const name = path.split("/").pop();
  await copyFile(new URL(path, root), new URL(name, import.meta.url));
}
