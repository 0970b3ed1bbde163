/** Usage that the price list gives no cost, and what to do about it. */
import { linkChoosing } from '../../sdk/dashboard.ts';
import { column, series, table } from '../../sdk/panels.ts';
import { bucket, fromHourly, shown, topOrOther } from '../../sdk/sql.ts';
import { unit } from '../../sdk/units.ts';

/** Per provider and model; `priced`: the price list has rows for the name. */
const rows = `SELECT ${shown('u.provider')} AS provider, ${shown('u.model')} AS model, sum(u.auto_unpriced_requests) AS free_requests,
        sum(u.auto_unpriced_tokens) AS free_tokens, sum(u.unpriced_requests) AS all_unpriced, maxIf(u.newest_ts, u.unpriced_requests > 0) AS newest,
        sumIf(u.unclassified_tokens, u.unpriced_requests > 0) AS totals_only,
        max((toString(u.provider), toString(u.model)) IN (SELECT p.provider, p.model FROM tallyd.model_prices AS p)) AS priced
    ${fromHourly()}
    GROUP BY provider, model
    HAVING all_unpriced > 0`;

/** docs/pricing.md, "Your own prices" and "Unpriced". */
const WHAT_TO_DO = `multiIf(free_requests = 0, 'Nothing: the source reports what it cost.',
    free_tokens = 0, 'Choose an export that tells tokens or costs: this source tells neither.',
    priced AND totals_only > 0, 'Choose an export that tells tokens by type: only their total is known and no price fits that.',
    priced, 'It has prices but none for that time: give it one under prices: in tallyd.yaml with an earlier from.',
    model = '(none)', 'The source names no model: choose an export that does.',
    concat('Give it a price under prices: in tallyd.yaml (model: ', model, ').'))`;

const list = table({
  title: 'Unpriced models',
  description:
    'Models with requests that the price list gives no cost. "Without cost" are those whose source reports none either: they count as 0. How names find prices and how to add one: docs/pricing.md.',
  width: 16,
  sql: `SELECT provider, model, free_requests AS "requests without cost", free_tokens AS "tokens without cost",
    all_unpriced AS "requests without price", newest AS "last seen", ${WHAT_TO_DO} AS "what to do"
FROM (
    ${rows})
ORDER BY free_tokens DESC, all_unpriced DESC, provider, model LIMIT 500`,
})
  .overrideByName(
    'model',
    column({
      link: {
        title: 'What it costs and who uses it',
        url: linkChoosing('tallyd-cost', { model: '${__value.raw:percentencode}' }),
      },
    }),
  )
  .overrideByName('requests without cost', column({ unit: unit.count }))
  .overrideByName('tokens without cost', column({ unit: unit.count }))
  .overrideByName('requests without price', column({ unit: unit.count }))
  .overrideByName('last seen', column({ unit: unit.time }))
  .overrideByName('what to do', column({ width: 420 }));

const overTime = series({
  title: 'Tokens without cost',
  description:
    'Tokens of requests that neither their source nor the price list gives a cost, by model: when it began and how much it is.',
  unit: unit.count,
  width: 8,
  sql: `SELECT ${bucket()} AS time, ${topOrOther('model', 'sum(auto_unpriced_tokens)')} AS label, sum(auto_unpriced_tokens) AS tokens
${fromHourly()} AND u.auto_unpriced_requests > 0
GROUP BY time, label ORDER BY time, label`,
});

export const unpriced = [list, overTime];
