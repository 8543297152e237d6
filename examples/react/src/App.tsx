import type { Pending } from "comprehensive-auth-client";
import { AuthProvider, useAuth } from "comprehensive-auth-client/react";
import { useState } from "react";

import { Entrance } from "./Entrance";
import { Profile } from "./Profile";
import { Promises } from "./Promises";
import { SecondStep } from "./SecondStep";
import { words } from "./problem";
import { type Server, choose, chosen, clientOf, servers } from "./servers";

/** How a visit to a provider ended, if there was one. */
interface Arrival {
  problem: string | null;
  pending: Pending | null;
}

export function App({ problem, pending: arrived }: Arrival) {
  const [server, setServer] = useState(chosen);
  const [pending, setPending] = useState(arrived);
  const turnTo = (other: Server) => {
    choose(other);
    setPending(null);
    setServer(other);
  };
  return (
    <AuthProvider client={clientOf(server)}>
      <header>
        <strong>React example</strong>
        <Strategies server={server} onChoose={turnTo} />
      </header>
      <main key={server.id}>
        {problem && <p className="problem" role="alert">{problem}</p>}
        {pending ? <SecondStep key={pending.id} pending={pending} onPending={setPending} /> : <Content onPending={setPending} />}
        <Promises />
      </main>
    </AuthProvider>
  );
}

function Strategies({ server, onChoose }: { server: Server; onChoose: (server: Server) => void }) {
  return (
    <div className="strategies" role="group" aria-label="Strategy">
      {servers.map((one) => (
        <button key={one.id} type="button" aria-pressed={one === server} onClick={() => onChoose(one)}>
          {one.name}
        </button>
      ))}
    </div>
  );
}

function Content({ onPending }: { onPending: (pending: Pending) => void }) {
  const { status, user, error, retry } = useAuth();
  if (user) return <Profile user={user} />;
  if (status === "loading") return <p className="waiting">Loading …</p>;
  if (status === "signed-out") return <Entrance onPending={onPending} />;
  return (
    <section className="card">
      <h1>Nobody answers</h1>
      <p>{words(error)}</p>
      <button type="button" className="primary" onClick={retry}>Try again</button>
    </section>
  );
}
