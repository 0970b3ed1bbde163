import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { packageRoot } from '../package-root.ts';
import type { Store } from '../store/store.ts';
import { ALERT_LIMITS, type Alerts, alertsSchema } from './alerts.ts';
import { applyBudgets } from './apply.ts';

const folder = temporaryFolder('alerts');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const shown = () => store.rows('SELECT * FROM tallyd.alert_settings ORDER BY name');
const use = (alerts: Alerts) => applyBudgets(store, { timezone: 'UTC', budgets: [], alerts });
const defaults = ALERT_LIMITS.map((limit) => ({
  name: limit.name,
  value: limit.default,
  is_default: true,
})).sort((a, b) => (a.name < b.name ? -1 : 1));

describe('the limits of alerts', () => {
  it('all have their defaults in a store that nothing was written to', async () => {
    expect(await shown()).toEqual(defaults);
  });

  it('are those of tallyd.yaml, and their defaults again when it no longer names them', async () => {
    await use({ error_share: 0.25, block_limit_usd: 0 });
    const changed: Record<string, number> = { error_share: 0.25, block_limit_usd: 0 };
    expect(await shown()).toEqual(
      defaults.map((row) =>
        row.name in changed ? { ...row, value: changed[row.name], is_default: false } : row,
      ),
    );
    await use({});
    expect(await shown()).toEqual(defaults);
  });

  it('stand in the documentation with the same defaults, units and meanings', () => {
    const text = readFileSync(join(packageRoot, 'docs/budgets.md'), 'utf8');
    const rows = ALERT_LIMITS.map(
      (limit) => `| \`${limit.name}\` | ${limit.default} | ${limit.unit} | ${limit.meaning} |`,
    );
    for (const row of rows) expect(text).toContain(row);
    const documented = [...text.matchAll(/^\| `(\w+)` \| [\d.]+ \|/gm)].map((match) => match[1]);
    expect(documented).toEqual(ALERT_LIMITS.map((limit) => limit.name));
  });

  it.each([
    [{ eror_share: 1 }, /eror_share is not known here; there are spend_spike_factor, /],
    [{ error_share: 10 }, /must be a share above 0 and at most 1/],
    [{ error_share: '10%' }, /must be a share above 0 and at most 1/],
    [{ spend_spike_factor: 1 }, /must be a number above 1/],
    [{ new_spender_usd: -1 }, /must be an amount of dollars, 0 or more/],
    [{ block_limit_tokens: 1.5 }, /must be a whole number, 0 or more/],
    [{ stale_minutes: 0 }, /must be a whole number above 0/],
    [{ rejected_records: null }, /must be a whole number above 0/],
    [[], /alerts must be a map of limits/],
  ])('are refused with a sentence: %j', (value, sentence) => {
    const result = alertsSchema.safeParse(value);
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.message).join('\n')).toMatch(sentence);
  });
});
