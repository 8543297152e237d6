import { type Pending, type Shown, hasPasskeys } from "comprehensive-auth-client";
import { useAuth } from "comprehensive-auth-client/react";
import { useState } from "react";

import { Field, Form, type Values } from "./Form";
import { isOver, pendingOf, words } from "./problem";

/** What is asked for, by the method that takes it. */
const CODES: Record<string, string> = {
  totp: "Code of your authenticator app",
  recovery_code: "Recovery code",
};

interface StepProperties {
  pending: Pending;
  /** Another step comes next, or none. */
  onPending: (pending: Pending | null) => void;
}

/** A sign-in that takes one more step. */
export function SecondStep({ pending, onPending }: StepProperties) {
  const { client } = useAuth();
  const [problem, setProblem] = useState<string | null>(null);
  const finish = async (ended: Promise<unknown>) => {
    try {
      await ended;
      onPending(null);
    } catch (error) {
      const next = pendingOf(error);
      if (next === null && !isOver(error)) throw error;
      onPending(next);
    }
  };
  const send = (shown: Shown) => finish(client.finishSignIn(pending, shown));
  const usePasskey = () => finish(client.finishWithPasskey(pending)).catch((error) => setProblem(words(error)));
  const canUsePasskey = pending.methods.includes("passkey") && hasPasskeys();
  const codes = pending.methods.filter((method) => method in CODES);
  return (
    <section className="card">
      <h1>Second step</h1>
      {problem && <p className="problem" role="alert">{problem}</p>}
      {canUsePasskey && <button type="button" className="secondary" onClick={usePasskey}>Use your passkey</button>}
      {codes.length > 0 && <Code methods={codes} send={send} />}
      {!canUsePasskey && codes.length === 0 && <p>This takes a step that this page does not know ({pending.methods.join(", ")}).</p>}
      <button type="button" className="quiet" onClick={() => onPending(null)}>Sign in anew</button>
    </section>
  );
}

function Code({ methods, send }: { methods: string[]; send: (shown: Shown) => Promise<unknown> }) {
  const [chosen, setChosen] = useState(0);
  const method = methods[chosen % methods.length]!;
  const other = methods[(chosen + 1) % methods.length]!;
  const submit = ({ code = "" }: Values) => send({ method, code });
  return (
    <>
      <Form key={method} action="Sign in" send={submit}>
        {(error) => <Field name="code" label={CODES[method]!} autoComplete="one-time-code" error={error} />}
      </Form>
      {other !== method && (
        <button type="button" className="quiet" onClick={() => setChosen(chosen + 1)}>{CODES[other]}</button>
      )}
    </>
  );
}
