import type { Strategy } from "comprehensive-auth-client";
import { useAuth } from "comprehensive-auth-client/react";
import { useEffect, useState } from "react";

/** What the server in use is and promises, in its own words; null until it answers. */
export function useStrategy(): Strategy | null {
  const { client } = useAuth();
  const [strategy, setStrategy] = useState<Strategy | null>(null);
  useEffect(() => {
    let isWanted = true;
    client.strategy().then((told) => isWanted && setStrategy(told), () => null);
    return () => void (isWanted = false);
  }, [client]);
  return strategy;
}

export function Promises() {
  const strategy = useStrategy();
  if (strategy === null) return null;
  const facts = [
    ["Credential", strategy.format],
    ["Travels as", strategy.transport],
    ["Revocation", strategy.guarantees.revocation],
    ["Store reads per request", strategy.guarantees.store_reads_per_request],
  ];
  return (
    <dl className="promises">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
