/** What a user does to a workspace, and what goes to the server and comes back. */
import { workspaceBody, workspaceLimits } from '@tidegate/wire/workspaces';
import { describe, expect, it } from 'vitest';
import { groupOf, groupsOf } from './layout.tree.ts';
import {
  added,
  arrangementOf,
  bodyOf,
  changed,
  idFor,
  mayAdd,
  removed,
  standardArrangement,
} from './workspace.shape.ts';

const standard = standardArrangement('desk', 'Desk', 0);

describe('a workspace', () => {
  it('comes back from the server as it went there', () => {
    const body = bodyOf(standard);
    expect(workspaceBody.parse(body)).toEqual(body);
    const back = arrangementOf({ id: 'desk', version: 3, savedAt: '', body })!;
    expect(back).toEqual({ ...standard, version: 3 });
  });

  it('takes panels where their kind is, and as many as it may', () => {
    const chart = added(standard, 'chart');
    expect(groupOf(chart.tree, 'chart')!.panels).toEqual(['chart']);
    const more = added(chart, 'orders');
    expect(groupOf(more.tree, 'orders-2')).toBe(groupOf(more.tree, 'orders'));
    let full = standard;
    for (let one = 0; one < 40; one += 1) full = added(full, 'prices');
    expect(full.panels.size).toBe(workspaceLimits.panels);
    expect(mayAdd(full)).toBe(false);
    expect(workspaceBody.safeParse(bodyOf(full)).success).toBe(true);
  });

  it('loses panels, but for the last', () => {
    let few = standard;
    for (const panel of ['orders', 'executions', 'positions', 'ticket', 'depth', 'prices'])
      few = removed(few, panel);
    expect([...few.panels.keys()]).toEqual(['prices']);
    expect(groupsOf(few.tree)).toHaveLength(1);
  });

  it('keeps a watch list with its panel', () => {
    const list = {
      id: 'prices',
      kind: 'prices',
      title: 'Yen',
      view: 'list',
      instruments: ['USDJPY'],
    } as const;
    expect(bodyOf(changed(standard, { ...list, instruments: [...list.instruments] })).panels).toContainEqual(
      list,
    );
  });

  it('that lacks its panels is shown without them, or not at all', () => {
    const body = bodyOf(standard);
    const few = arrangementOf({
      id: 'x',
      version: 1,
      savedAt: '',
      body: { ...body, panels: body.panels.slice(0, 1) },
    });
    expect([...few!.panels.keys()]).toEqual(['prices']);
    expect(
      arrangementOf({ id: 'x', version: 1, savedAt: '', body: { ...body, layout: [] } }),
    ).toBeUndefined();
  });

  it('gets an id of its name that nobody else has', () => {
    expect(idFor('Mörning & co.', new Set())).toBe('m-rning-co');
    expect(idFor('Desk', new Set(['desk', 'desk-2']))).toBe('desk-3');
    expect(idFor('日本', new Set())).toBe('workspace');
  });
});
