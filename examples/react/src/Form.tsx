import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useState } from "react";

import { wordsAbove, wordsFor } from "./problem";

/** The content of a form's fields by their names. */
export type Values = Record<string, string>;

interface FormProperties {
  action: string;
  /** Sends the form. What it throws is told to the person. */
  send: (values: Values) => Promise<unknown>;
  children: (error: unknown) => ReactNode;
}

export function Form({ action, send, children }: FormProperties) {
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget)) as Values;
    setSending(true);
    setError(null);
    await send(values).catch(setError);
    setSending(false);
  };
  const problem = wordsAbove(error);
  return (
    <form onSubmit={submit}>
      {problem && <p className="problem" role="alert">{problem}</p>}
      {children(error)}
      <button className="primary" disabled={isSending}>{action}</button>
    </form>
  );
}

interface FieldProperties extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  error: unknown;
}

export function Field({ label, error, ...input }: FieldProperties) {
  const id = useId();
  const problem = wordsFor(input.name, error);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} required aria-invalid={problem !== undefined} aria-describedby={`${id}-problem`} {...input} />
      <p id={`${id}-problem`}>{problem}</p>
    </div>
  );
}
