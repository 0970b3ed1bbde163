/** How complete and plausible the events are: a profile of every column of `usage`, by source. */
import { column, series, table } from '../../sdk/panels.ts';
import { bucket, fromEvents, fromHourly, fromWholeHours, shown } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

/**
 * The columns of `tallyd.usage` by how they are profiled. Empty is '' for text, NULL where a column can
 * be NULL, 0 for numbers, no entry for tags. A test compares the lists with the view.
 */
export const COLUMNS = {
  texts: [
    'source',
    'dataset',
    'provider',
    'model',
    'user',
    'project',
    'session_id',
    'request_id',
    'status',
    'cost_source',
  ],
  /** Enumerations and the like: never empty. */
  values: ['grain', 'billable', 'ts', 'event_id'],
  maps: ['tags'],
  numbers: [
    'requests',
    'input_tokens',
    'cache_write_5m_tokens',
    'cache_write_1h_tokens',
    'cache_read_tokens',
    'output_tokens',
    'reasoning_tokens',
    'unclassified_tokens',
    'total_tokens',
    'cost_usd',
    'auto_cost_usd',
    'cache_read_saved_usd',
    'cache_write_cost_usd',
    'cache_write_extra_usd',
  ],
  nullables: ['duration_ms', 'reported_cost_usd', 'calculated_cost_usd'],
} as const;

/** So many events of a source are looked at, and the rest of the hour in which they are reached. */
const LOOKED_AT = 20_000;

const SOURCES = ['source', 'dataset'] as const;

/**
 * Whole hours of each source until they have as many events as are looked at. Hours come in an order that
 * spreads over the range; six at a time, because hours that lie together are read together.
 */
const sampledHours = `SELECT source, hour
FROM (
    SELECT source, hour, sum(n) OVER (PARTITION BY source ORDER BY cityHash64(intDiv(toUnixTimestamp(hour), 21600)), hour
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - n AS before
    FROM (SELECT u.source AS source, u.hour AS hour, sum(u.events) AS n ${fromWholeHours(SOURCES)} GROUP BY source, hour)
)
WHERE before < ${LOOKED_AT}`;

const SAMPLE = `Of a source with more than ${LOOKED_AT.toLocaleString('en')} events in the range so many are looked at, in whole hours that are spread over it, and all values are theirs.`;

/** One pass over the events: an array of profiles per source, taken apart afterwards. */
function profile(profiles: string[], columns: string[]): string {
  const parts = columns.map((name, index) => `profile.${index + 2} AS ${name}`).join(', ');
  return `SELECT source_name AS source, profile.1 AS column, all_events AS events, ${parts}
FROM (
    SELECT ${shown('u.source')} AS source_name, count() AS all_events, [
        ${profiles.join(',\n        ')}
    ] AS profiles
    ${fromEvents(SOURCES)} AND (u.source, toStartOfHour(u.ts)) IN (${sampledHours})
    GROUP BY source_name
)
ARRAY JOIN profiles AS profile
ORDER BY source, column`;
}

function textProfile(name: string, empty: string, value: string): string {
  return `('${name}', countIf(${empty}) / count(), uniqCombined(14)(${value}), toString(min(${value})), toString(max(${value})))`;
}

/** The smallest, largest and average of what is not empty; NULL where all is. */
function numberProfile(name: string, empty: string): string {
  const value = `toFloat64(u.${name})`;
  const is = (aggregate: string, of = value): string => `${aggregate}OrNullIf(${of}, NOT (${empty}))`;
  return `('${name}', countIf(${empty}) / count(), ifNull(uniqCombinedIf(14)(u.${name}, NOT (${empty})), 0), ${is('min')}, ${is('max')}, ${is('avg')})`;
}

const textProfiles = [
  ...COLUMNS.texts.map((name) => textProfile(name, `u.${name} = ''`, `u.${name}`)),
  ...COLUMNS.values.map((name) => textProfile(name, '0', `u.${name}`)),
  ...COLUMNS.maps.map((name) =>
    textProfile(name, `empty(u.${name})`, `arrayStringConcat(mapKeys(u.${name}), ', ')`),
  ),
];

const numberProfiles = [
  ...COLUMNS.numbers.map((name) => numberProfile(name, `u.${name} = 0`)),
  ...COLUMNS.nullables.map((name) => numberProfile(name, `isNull(u.${name})`)),
];

const EMPTY = column({ title: 'empty', unit: unit.share, decimals: 1, gauge: true });
const WHOLE = { id: 'max', value: 1 };

const numbers = table({
  title: 'Numbers',
  description: `Every numeric column by source: the share of events where it is empty (0, or NULL where that is possible); distinct values (approximate), smallest, largest and average of the rest. ${SAMPLE}`,
  height: 14,
  sql: profile(numberProfiles, ['empty', 'distinct', 'smallest', 'largest', 'average']),
})
  .overrideByName('events', column({ unit: unit.count }))
  .overrideByName('empty', [...EMPTY, WHOLE])
  .overrideByName('distinct', column({ unit: unit.count }))
  .overrideByName('smallest', column({ unit: unit.count }))
  .overrideByName('largest', column({ unit: unit.count }))
  .overrideByName('average', column({ unit: unit.count }));

const texts = table({
  title: 'Names and other values',
  description: `Every other column by source: the share of events where it is empty, distinct values (approximate), and the first and last value in their order. Of tags, which names of tags occur together. ${SAMPLE}`,
  height: 14,
  sql: profile(textProfiles, ['empty', 'distinct', 'first', 'last']),
})
  .overrideByName('events', column({ unit: unit.count }))
  .overrideByName('empty', [...EMPTY, WHOLE])
  .overrideByName('distinct', column({ unit: unit.count }));

const emptyNames = series({
  title: 'Empty names over time',
  description:
    'Share of events without a provider, model, user or project, by when they happened. A step means that an agent or export changed.',
  unit: unit.share,
  draw: 'lines',
  max: 1,
  sql: `SELECT ${bucket()} AS time, ${['provider', 'model', 'user', 'project']
    .map((name) => `sumIf(u.events, u.${name} = '') / sum(u.events) AS ${name}`)
    .join(', ')}
${fromHourly(['source', 'dataset'])}
GROUP BY time HAVING sum(u.events) > 0 ORDER BY time`,
});

const unpriced = table({
  title: 'Unpriced models',
  description:
    'Models of the range with requests that neither their source nor the price list gives a cost. They count as 0 until a price is written into tallyd.yaml; docs/pricing.md says how.',
  sortBy: 'tokens',
  sql: `SELECT ${shown('u.model')} AS model, ${shown('u.provider')} AS provider, ${shown('u.source')} AS source,
    sum(u.auto_unpriced_requests) AS requests, sum(u.auto_unpriced_tokens) AS tokens, min(u.hour) AS first_hour, max(u.newest_ts) AS newest
${fromHourly(['source', 'dataset'])} AND (u.auto_unpriced_requests > 0 OR u.auto_unpriced_tokens > 0)
GROUP BY model, provider, source ORDER BY tokens DESC, model, provider, source LIMIT 200`,
})
  .noValue('Every model has a price.')
  .overrideByName('requests', column({ unit: unit.count }))
  .overrideByName('tokens', column({ unit: unit.count }))
  .overrideByName('first_hour', column({ title: 'first', unit: unit.time }))
  .overrideByName('newest', column({ unit: unit.time }));

export const quality = [numbers, texts, emptyNames, unpriced];
