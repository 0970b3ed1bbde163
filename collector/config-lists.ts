/**
 * The part of the configuration that only `tallyd.yaml` can say: prices, formats of one's own,
 * retention, budgets, the limits of alerts and rate limits. Apart from the settings, because checking it loads much
 * code that a report never needs.
 */
import { z } from 'zod';
import { type Alerts, alertsSchema } from './budgets/alerts.ts';
import { type Budget, budgetsSchema } from './budgets/schema.ts';
import type { LISTS } from './config.ts';
import { ConfigError, readSettings, type Settings } from './config.ts';
import { type LimitsSetting, limitsSchema, NO_LIMITS } from './limits/schema.ts';
import { mappedFormatsSchema } from './formats/mapped/schema.ts';
import { priceOverridesSchema } from './pricing/overrides.ts';
import { RETAINED_TABLES } from './store/retention.ts';

const schemas = {
  prices: priceOverridesSchema,
  formats: mappedFormatsSchema,
  retention: z.strictObject(
    Object.fromEntries(
      RETAINED_TABLES.map((table) => [
        table,
        z.int('must be whole days').min(1, 'must be at least a day').optional(),
      ]),
    ),
  ),
  budgets: budgetsSchema,
  alerts: alertsSchema,
  limits: limitsSchema,
} satisfies Record<(typeof LISTS)[number], z.ZodType>;

export interface Config extends Settings {
  prices: z.infer<typeof schemas.prices>;
  formats: z.infer<typeof schemas.formats>;
  /** Days per table; a table that is not named is kept for ever. */
  retention: Partial<Record<(typeof RETAINED_TABLES)[number], number>>;
  budgets: Budget[];
  alerts: Alerts;
  limits: LimitsSetting;
}

/** Settings and lists. Throws {@link ConfigError} naming every problem of the lists. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, file?: string): Config {
  return withLists(readSettings(env, file));
}

export function withLists(settings: Settings): Config {
  const problems: string[] = [];
  const check = <T>(
    key: (typeof LISTS)[number],
    schema: z.ZodType<T>,
    otherwise: T,
    unsaid: unknown = otherwise,
  ): T => {
    const result = schema.safeParse(settings.yaml[key] ?? unsaid);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      problems.push(`${settings.file}: ${[key, ...issue.path].join('.')}: ${issue.message}.`);
    }
    return otherwise;
  };
  const lists = {
    prices: check('prices', schemas.prices, []),
    formats: check('formats', schemas.formats, []),
    retention: check('retention', schemas.retention, {}) as Config['retention'],
    budgets: check('budgets', schemas.budgets, []),
    alerts: check('alerts', schemas.alerts, {}),
    limits: check('limits', schemas.limits, NO_LIMITS, {}),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...settings, ...lists };
}
