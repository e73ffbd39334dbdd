/** State of one FIX session, as the gateway tells it and the sessions page shows it. */
import { z } from 'zod';

export const sessionStatus = z.object({
  id: z.string(),
  /** `client` (acceptor) or `venue` (initiator). */
  side: z.enum(['client', 'venue']),
  /** Client or venue id. */
  counterparty: z.string(),
  purpose: z.string(),
  listener: z.string().optional(),
  port: z.int().optional(),
  state: z.enum(['up', 'down', 'connecting']),
  reason: z.string(),
  since: z.iso.datetime(),
  remoteAddress: z.string().optional(),
  counters: z.object({
    messagesIn: z.int(),
    messagesOut: z.int(),
    bytesIn: z.int(),
    bytesOut: z.int(),
    gapsDetected: z.int(),
    resendsServed: z.int(),
    rejectsIn: z.int(),
    rejectsOut: z.int(),
    garbledIn: z.int(),
  }),
});
export type SessionStatus = z.infer<typeof sessionStatus>;
