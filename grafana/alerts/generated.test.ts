/**
 * The generated JSON is committed, because Grafana reads files; it is what the TypeScript makes.
 * `npm run grafana` writes it anew.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rulesFile, templatesFile } from './index.ts';

const folder = join(import.meta.dirname, '../generated/alerting');

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

describe('the generated alerting', () => {
  it('has the rules that their source makes', async () => {
    await expect(json(rulesFile())).toMatchFileSnapshot(join(folder, 'rules.json'));
  });

  it('has the templates that their source makes', async () => {
    await expect(json(templatesFile())).toMatchFileSnapshot(join(folder, 'templates.json'));
  });

  it('has nothing else', () => {
    const expected = ['rules.json', 'templates.json'];
    expect(readdirSync(folder).filter((file) => !expected.includes(file))).toEqual([]);
  });
});
