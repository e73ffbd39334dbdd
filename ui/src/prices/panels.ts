/** Which panel shows where there is room for one only, and panels in windows of their own. */
import type { WorkspacePanel } from '@tidegate/wire/workspaces';
import type { Arrangement } from '../layout/workspace.shape.ts';
import type { Workspaces } from '../layout/workspaces.state.ts';

/** Ticket and depth open from a price, blotters have pages of their own. */
export const onNarrowPages = ({ panels }: Arrangement): readonly WorkspacePanel[] =>
  [...panels.values()].filter(({ kind }) => kind === 'prices' || kind === 'chart');

export function shownPanel(arrangement: Arrangement, chosen: string): WorkspacePanel {
  const choices = onNarrowPages(arrangement);
  return choices.find(({ id }) => id === chosen) ?? choices[0] ?? [...arrangement.panels.values()][0]!;
}

export interface TornOut {
  readonly workspace: string;
  readonly panel: string;
}

/** The panel that this window shows alone, when it was opened for one: `?panel=workspace/panel`. */
export function tornOut(search: string): TornOut | null {
  const [workspace, panel] = (new URLSearchParams(search).get('panel') ?? '').split('/');
  return workspace === undefined || panel === undefined || panel === '' ? null : { workspace, panel };
}

/** A whole desk of its own with that panel alone: it goes on when this window is closed or hidden. */
export async function tearOut(workspaces: Workspaces, workspace: string, panel: string): Promise<void> {
  const address = `./?panel=${encodeURIComponent(`${workspace}/${panel}`)}#/trading`;
  // Opened at the click: a browser blocks what opens later.
  const opened = window.open('', `tidegate ${workspace} ${panel}`, 'popup,width=720,height=560');
  await workspaces.flush();
  opened?.location.replace(new URL(address, window.location.href));
}
