/**
 * Workspaces: how a user has arranged the desk, kept on the server for this user alone. The layout is a tree
 * of splits and of groups with tabs, written as a list in which each node names its parent; siblings stand
 * in their order.
 */
import { z } from 'zod';

export const workspaceLimits = { perUser: 12, panels: 24, nodes: 48, instruments: 200 } as const;

const id = z.string().regex(/^[a-z0-9-]{1,24}$/);
export const workspaceId = id;

export const workspacePanel = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('prices'),
    /** Of the watch list. */
    title: z.string().trim().min(1).max(32),
    view: z.enum(['tiles', 'list']),
    /** In their order; null: every instrument. */
    instruments: z.array(z.string().min(1).max(64)).max(workspaceLimits.instruments).nullable(),
  }),
  z.strictObject({ id, kind: z.enum(['ticket', 'depth', 'orders', 'executions', 'positions']) }),
  /** Without an instrument it follows the one that is selected. */
  z.strictObject({ id, kind: z.literal('chart'), instrument: z.string().min(1).max(64).nullable() }),
]);
export type WorkspacePanel = z.infer<typeof workspacePanel>;

const place = { id, parent: id.nullable(), share: z.number().min(1).max(100) };
export const layoutNode = z.discriminatedUnion('kind', [
  z.strictObject({ ...place, kind: z.literal('split'), direction: z.enum(['row', 'column']) }),
  z.strictObject({
    ...place,
    kind: z.literal('group'),
    panels: z.array(id).min(1).max(workspaceLimits.panels),
    active: id,
  }),
]);
export type LayoutNode = z.infer<typeof layoutNode>;

export const workspaceBody = z.strictObject({
  name: z.string().trim().min(1).max(32),
  /** Among the user's workspaces. */
  position: z.int().min(0).max(99),
  panels: z.array(workspacePanel).min(1).max(workspaceLimits.panels),
  layout: z.array(layoutNode).min(1).max(workspaceLimits.nodes),
});
export type WorkspaceBody = z.infer<typeof workspaceBody>;

export const saveWorkspaceRequest = z.strictObject({
  /** That it was read with; 0 for a new one. */
  expectedVersion: z.int().min(0),
  body: workspaceBody,
});
export type SaveWorkspaceRequest = z.infer<typeof saveWorkspaceRequest>;

export const workspaceView = z.object({
  id: z.string(),
  version: z.int(),
  savedAt: z.string(),
  body: workspaceBody,
});
export type WorkspaceView = z.infer<typeof workspaceView>;
