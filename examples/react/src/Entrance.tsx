import type { Pending } from "comprehensive-auth-client";
import { useAuth } from "comprehensive-auth-client/react";
import { useState } from "react";

import { Field, Form, type Values } from "./Form";
import { useStrategy } from "./Promises";
import { pendingOf } from "./problem";

/** Hears of a sign-in that takes one more step. */
interface EntranceProperties {
  onPending: (pending: Pending) => void;
}

/** The ways in: with an account, with a new one, through a provider. */
export function Entrance({ onPending }: EntranceProperties) {
  const [isNew, setNew] = useState(false);
  return (
    <section className="card">
      <h1>{isNew ? "Create an account" : "Sign in"}</h1>
      {isNew ? <SignUp /> : <SignIn onPending={onPending} />}
      <Providers />
      <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I am new here"}
      </button>
    </section>
  );
}

function SignIn({ onPending }: EntranceProperties) {
  const { client } = useAuth();
  const send = ({ identifier = "", password = "" }: Values) =>
    client.signIn({ identifier, password }).catch((error) => {
      const pending = pendingOf(error);
      if (pending === null) throw error;
      onPending(pending);
    });
  return (
    <Form action="Sign in" send={send}>
      {(error) => (
        <>
          <Field name="identifier" label="Username or e-mail" autoComplete="username" error={error} />
          <Field name="password" label="Password" type="password" autoComplete="current-password" error={error} />
        </>
      )}
    </Form>
  );
}

function SignUp() {
  const { client } = useAuth();
  const [address, setAddress] = useState<string | null>(null);
  const send = async ({ first_name = "", last_name = "", username = "", email = "", password = "" }: Values) => {
    await client.register({ first_name, last_name, username, email, password });
    setAddress(email);
  };
  if (address) {
    return (
      <p role="status">
        A mail is on its way to {address}. Follow its link, then sign in here. A server in development keeps
        its mails in <a href={new URL("/dev/mailbox", client.baseUrl).href}>a mailbox of its own</a>.
      </p>
    );
  }
  return (
    <Form action="Create the account" send={send}>
      {(error) => (
        <>
          <div className="pair">
            <Field name="first_name" label="First name" autoComplete="given-name" error={error} />
            <Field name="last_name" label="Last name" autoComplete="family-name" error={error} />
          </div>
          <Field name="username" label="Username" autoComplete="username" error={error} />
          <Field name="email" label="E-mail" type="email" autoComplete="email" error={error} />
          <Field name="password" label="Password" type="password" autoComplete="new-password" error={error} />
        </>
      )}
    </Form>
  );
}

function Providers() {
  const { client } = useAuth();
  const providers = useStrategy()?.providers ?? [];
  return providers.map(({ id, name }) => (
    <button key={id} type="button" className="secondary" onClick={() => client.leaveFor(id, `${location.origin}/`)}>
      Continue with {name}
    </button>
  ));
}
