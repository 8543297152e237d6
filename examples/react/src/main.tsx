import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { words } from "./problem";
import { chosen, clientOf } from "./servers";
import "./style.css";

// Whoever comes back from a provider brings the outcome in the address.
const arrival = clientOf(chosen())
  .arrive()
  .then((failed) => failed && `That did not work (${failed.error}).`, words);

arrival.then((problem) => {
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <App problem={problem} />
    </StrictMode>,
  );
});
