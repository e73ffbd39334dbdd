/** Who owns what only one may have at a time: the announcement of a change, and the operators' table. */
import { z } from 'zod';

export interface LeaseChanged {
  readonly kind: string;
  readonly resource: string;
  readonly epoch: number;
  /** Of whom it is from now on; absent: it is free, or kept for another. */
  readonly instance?: string;
}

export const leaseView = z.object({
  /** `partition`, `projector`, `monitor`, `audit`, `provider`, `session`. */
  kind: z.string(),
  /** The firm of a partition, a provider, a client's session; `all` of what there is once. */
  resource: z.string(),
  /** Absent: nobody has it now. */
  instance: z.string().optional(),
  /** Its owner is alive. */
  isLive: z.boolean(),
  /** Grows with each owner. */
  epoch: z.int(),
  since: z.iso.datetime(),
  /** Why it changed hands last. */
  why: z.enum(['new', 'released', 'handedOver', 'expired', 'restarted']),
});
export type LeaseView = z.infer<typeof leaseView>;
