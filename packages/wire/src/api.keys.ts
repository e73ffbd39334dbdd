/** Keys of programs over REST: made for a user of the role service, scoped, for a time, shown once. */
import { z } from 'zod';
import { permissionNames } from './permissions.ts';

const name = z.string().trim().min(1).max(64);
const reason = z.string().trim().min(1).max(200);
const address = z.string().min(1).max(49);

export const apiKeyLimits = { perUser: 20, daysMax: 366, addressesMax: 20 } as const;

export const createApiKeyRequest = z.strictObject({
  name,
  /** Of those that its user has; what he loses later, it loses too. */
  rights: z.array(z.enum(permissionNames)).max(permissionNames.length),
  /** Networks that it is good from; none: from anywhere. */
  addresses: z.array(address).max(apiKeyLimits.addressesMax).default([]),
  days: z.int().min(1).max(apiKeyLimits.daysMax),
  reason,
});
export type CreateApiKeyRequest = z.infer<typeof createApiKeyRequest>;

export const revokeApiKeyRequest = z.strictObject({ reason });

export const apiKeyView = z.object({
  id: z.string(),
  user: z.string(),
  name: z.string(),
  rights: z.array(z.enum(permissionNames)),
  addresses: z.array(z.string()),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  /** Null: not revoked. It may have expired all the same. */
  revokedAt: z.iso.datetime().nullable(),
  revokedBy: z.string().nullable(),
  /** As of a few seconds ago. Null: never. */
  usedAt: z.iso.datetime().nullable(),
  usedFrom: z.string().nullable(),
});
export type ApiKeyView = z.infer<typeof apiKeyView>;

/** `key` is in this answer and in no other. */
export const newApiKeyAnswer = z.object({ key: z.string(), details: apiKeyView });
export type NewApiKeyAnswer = z.infer<typeof newApiKeyAnswer>;
