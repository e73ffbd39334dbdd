/**
 * What a person who does not see the page is told: each control and each image that means something has a
 * name.
 */
import type { Page } from 'playwright-core';

/** Visible controls without a name, and labels or ids that are given twice. */
export const unnamedControls = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const shown = (element: Element): boolean => element.getClientRects().length > 0;
    const nameOf = (element: Element): string => {
      const by = element.getAttribute('aria-labelledby') ?? '';
      const labels = (element as HTMLInputElement).labels ?? [];
      const texts = [
        element.getAttribute('aria-label') ?? '',
        ...by.split(' ').map((id) => (id === '' ? '' : (document.getElementById(id)?.textContent ?? ''))),
        ...[...labels].map((label) => label.textContent ?? ''),
        element instanceof HTMLInputElement ? '' : (element.textContent ?? ''),
        element.getAttribute('title') ?? '',
      ];
      return texts.join('').trim();
    };
    const controls =
      'button, input, textarea, select, a[href], [role="button"], [role="dialog"], [role="tab"]';
    const unnamed = [...document.querySelectorAll(controls)]
      .filter((element) => shown(element) && nameOf(element) === '')
      .map((element) => element.outerHTML.slice(0, 160));
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    return [...unnamed, ...ids.filter((id, at) => ids.indexOf(id) !== at)];
  });
