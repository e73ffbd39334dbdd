/** Which panel a narrow page shows, and what an address asks for. */
import { describe, expect, it } from 'vitest';
import { added, removed, standardArrangement } from '../layout/workspace.shape.ts';
import { onNarrowPages, shownPanel, tornOut } from './panels.ts';

const standard = standardArrangement('desk', 'Desk', 0);

describe('panels', () => {
  it('on a narrow page are watch lists and charts, one at a time', () => {
    const more = added(added(standard, 'chart'), 'prices');
    expect(onNarrowPages(more).map(({ id }) => id)).toEqual(['prices', 'chart', 'prices-2']);
    expect(shownPanel(more, 'chart').id).toBe('chart');
    expect(shownPanel(more, 'ticket').id).toBe('prices');
    expect(shownPanel(removed(standard, 'prices'), '').id).toBe('orders');
  });

  it('in a window of their own are named in its address', () => {
    expect(tornOut('?panel=desk%2Fprices')).toEqual({ workspace: 'desk', panel: 'prices' });
    for (const search of ['', '?panel=', '?panel=desk', '?panel=desk/']) expect(tornOut(search)).toBeNull();
  });
});
