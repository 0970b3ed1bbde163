/**
 * The generated JSON is committed, because Grafana reads files; it is what the TypeScript makes.
 * `npm run grafana` writes it anew.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboards } from './dashboards/index.ts';
import { panelsOf } from './testing/panels.ts';

const folder = join(import.meta.dirname, 'generated/dashboards');

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

describe('the generated dashboards', () => {
  it.each(dashboards.map((make) => make()).map((dashboard) => [dashboard.uid!, dashboard] as const))(
    '%s is what its source makes',
    async (uid, dashboard) => {
      await expect(json(dashboard)).toMatchFileSnapshot(join(folder, `${uid}.json`));
    },
  );

  it('are all there are: none is left of a dashboard that is gone', () => {
    const expected = dashboards.map((make) => `${make().uid}.json`);
    expect(readdirSync(folder).filter((file) => !expected.includes(file))).toEqual([]);
  });

  it('have uids, titles and panel titles of their own, and every panel says what it means', () => {
    const made = dashboards.map((make) => make());
    expect(new Set(made.map((dashboard) => dashboard.uid)).size).toBe(made.length);
    expect(new Set(made.map((dashboard) => dashboard.title)).size).toBe(made.length);
    for (const dashboard of made) {
      const panels = panelsOf(dashboard);
      const titles = panels.map((panel) => panel.title);
      expect(new Set(titles).size, `${dashboard.uid}: ${titles.join(', ')}`).toBe(titles.length);
      for (const panel of panels) {
        expect(panel.description, `${dashboard.uid}: ${panel.title}`).toMatch(/\.$/);
      }
    }
  });
});
