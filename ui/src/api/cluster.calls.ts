/** The calls about processes and what they own, as a part of the REST interface. */
import { z } from 'zod';
import { drainAnswer, instanceView, type DrainAnswer, type InstanceView } from '@tidegate/wire/instances';
import { leaseView, type LeaseView } from '@tidegate/wire/leases';
import type { Requester } from './client.ts';

export interface ClusterCalls {
  instances(): Promise<readonly InstanceView[]>;
  leases(): Promise<readonly LeaseView[]>;
  drain(
    instance: string,
    request: { readonly reason: string; readonly force: boolean },
  ): Promise<DrainAnswer>;
}

export function clusterCalls(call: Requester): ClusterCalls {
  return {
    instances: () => call('GET', '/instances', z.array(instanceView)),
    leases: () => call('GET', '/leases', z.array(leaseView)),
    drain: (instance, request) =>
      call('POST', `/instances/${encodeURIComponent(instance)}/drain`, drainAnswer, request),
  };
}
