/** axe-core in a page: what it has against the page, as lines that name rule, element and reason. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axeCore from 'axe-core';
import type { Page } from 'playwright-core';

const program = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a theme can change; the rest is the same in each. */
const colourRules = ['color-contrast', 'link-in-text-block'] as const;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What opens over a page, which has been looked at without it. */
export const overlays =
  '.ant-modal, .ant-drawer, .ant-dropdown, .ant-popover, .ant-select-dropdown, [data-testid="lock-screen"]';

/** `colours`: what a theme can change. `form`: all but that, which a size can change. */
export type Rules = 'all' | 'colours' | 'form';

/** `all`: of the WCAG's A and AA and of good practice. */
export async function axeFindings(
  page: Page,
  within: string,
  rules: Rules = 'all',
): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(program);
  return page.evaluate(
    async ([at, runOnly, without]) => {
      const { axe } = window as unknown as { axe: typeof axeCore };
      const { violations } = await axe.run(at, {
        resultTypes: ['violations'],
        runOnly,
        rules: Object.fromEntries(without.map((id) => [id, { enabled: false }])),
      });
      return violations.map(({ id, nodes }) => {
        const shown = nodes.slice(0, 3).map(({ target, any, all, none }) => {
          const why = [...any, ...all, ...none].map(({ message }) => message);
          return `${target.join(' ')} (${why.join('; ')})`;
        });
        return `${id}, ${nodes.length}: ${shown.join(' | ')}`;
      });
    },
    [
      within,
      rules === 'colours'
        ? { type: 'rule' as const, values: [...colourRules] }
        : { type: 'tag' as const, values: [...tags] },
      rules === 'form' ? colourRules : [],
    ] as const,
  );
}
