/** Prices in the audit log: overrides that were changed since the last start, and lists that came since. */
import { createHash } from 'node:crypto';
import type { AuditLog } from './audit-log.ts';

const collector = { who: { kind: 'collector', name: 'tallyd' }, from: 'local', result: 'done' } as const;

/** Whoever edits tallyd.yaml is not known to tallyd; that it was edited is. */
export async function noteOverrides(
  audit: AuditLog,
  overrides: readonly unknown[],
  file: string | undefined,
): Promise<void> {
  const sha256 = createHash('sha256').update(JSON.stringify(overrides)).digest('hex');
  const before = await audit.last('prices.override');
  if (before ? before.what['sha256'] === sha256 : overrides.length === 0) return;
  const what = { file: file ?? 'none', overrides: overrides.length, sha256 };
  await audit.append({ ...collector, act: 'prices.override', what });
}

export async function noteRefresh(audit: AuditLog, models: number): Promise<void> {
  await audit.append({ ...collector, act: 'prices.refresh', what: { models } });
}
