/**
 * What is on the page beside the prices, rendered a little after them and in pieces, so that the first price
 * does not wait for it.
 */
import { startTransition, useEffect, useState, type ReactNode } from 'react';

export function Later({ children }: { readonly children: ReactNode }) {
  const [isDue, setDue] = useState(false);
  useEffect(() => {
    const frame = requestAnimationFrame(() => startTransition(() => setDue(true)));
    return () => cancelAnimationFrame(frame);
  }, []);
  return isDue ? children : null;
}
