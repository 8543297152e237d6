import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { pendingOf, words } from "./problem";
import { chosen, clientOf } from "./servers";
import "./style.css";

// Whoever comes back from a provider brings the outcome in the address.
const arrival = clientOf(chosen())
  .arrive()
  .then(
    (failed) => ({ problem: failed && `That did not work (${failed.error}).`, pending: null }),
    (error) => {
      const pending = pendingOf(error);
      return { problem: pending ? null : words(error), pending };
    },
  );

arrival.then((arrived) => {
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <App {...arrived} />
    </StrictMode>,
  );
});
