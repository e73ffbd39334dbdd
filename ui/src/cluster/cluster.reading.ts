/** What the page reads by REST every two seconds, and what it makes of it. */
import type { InstanceView } from '@tidegate/wire/instances';
import type { LeaseView } from '@tidegate/wire/leases';
import { useEffect, useState } from 'react';
import { problemText } from '../api/problems.ts';
import { useDesk } from '../desk.ts';

const againMs = 2_000;
/** While a process leaves, there is more to see. */
const soonMs = 500;

export interface ClusterReading {
  /** Null: not read yet. */
  readonly instances: readonly InstanceView[] | null;
  readonly leases: readonly LeaseView[];
  /** Why what is shown is not from now; empty: it is. */
  readonly problem: string;
}

export function useCluster(isQuick: boolean): ClusterReading {
  const { api } = useDesk();
  const [held, setHeld] = useState<ClusterReading>({ instances: null, leases: [], problem: '' });
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const [instances, leases] = await Promise.all([api.instances(), api.leases()]);
        if (isWanted) setHeld({ instances, leases, problem: '' });
      } catch (error) {
        if (isWanted) setHeld((now) => ({ ...now, problem: problemText(error) }));
      }
      if (isWanted) timer = setTimeout(() => void read(), isQuick ? soonMs : againMs);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [api, isQuick]);
  return held;
}
