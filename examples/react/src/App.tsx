import { AuthProvider, useAuth } from "comprehensive-auth-client/react";
import { useState } from "react";

import { Entrance } from "./Entrance";
import { Profile } from "./Profile";
import { Promises } from "./Promises";
import { words } from "./problem";
import { type Server, choose, chosen, clientOf, servers } from "./servers";

export function App({ problem }: { problem: string | null }) {
  const [server, setServer] = useState(chosen);
  const turnTo = (other: Server) => {
    choose(other);
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
        <Content />
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

function Content() {
  const { status, user, error, retry } = useAuth();
  if (user) return <Profile user={user} />;
  if (status === "loading") return <p className="waiting">Loading …</p>;
  if (status === "signed-out") return <Entrance />;
  return (
    <section className="card">
      <h1>Nobody answers</h1>
      <p>{words(error)}</p>
      <button type="button" className="primary" onClick={retry}>Try again</button>
    </section>
  );
}
