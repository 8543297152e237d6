import type { User } from "comprehensive-auth-client";
import { useAuth } from "comprehensive-auth-client/react";
import { useState } from "react";

import { words } from "./problem";

export function Profile({ user }: { user: User }) {
  const { client } = useAuth();
  const [problem, setProblem] = useState<string | null>(null);
  const signOut = () => client.signOut().catch((error) => setProblem(words(error)));
  const since = new Date(user.created_at).toLocaleDateString(undefined, { dateStyle: "long" });
  return (
    <section className="card">
      <div className="person">
        <span className="initials" aria-hidden="true">{user.first_name.slice(0, 1) + user.last_name.slice(0, 1)}</span>
        <div>
          <h1>{user.first_name} {user.last_name}</h1>
          <p>@{user.username}</p>
        </div>
      </div>
      <dl className="facts">
        <dt>E-mail</dt>
        <dd>{user.email}{user.email_verified ? "" : " (not confirmed)"}</dd>
        <dt>Member since</dt>
        <dd>{since}</dd>
      </dl>
      {problem && <p className="problem" role="alert">{problem}</p>}
      <button type="button" className="secondary" onClick={signOut}>Sign out</button>
    </section>
  );
}
