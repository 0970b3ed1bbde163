/** The current period of one budget: what was spent by when, against the even pace and the amount. */
import { trend } from '../../sdk/panels.ts';
import { amountColumn } from './now.ts';
import { isChosen, type Kind, KINDS } from './variables.ts';

/**
 * A point for every hour of the period, for its end and for now. `spent` ends now, `forecast` begins
 * there. The hour of now is counted as it stands; an hour counts once it is over.
 */
function cumulative(kind: Kind): string {
  const amount = kind.unit === 'usd' ? 'toFloat64(h.cost_usd)' : 'toFloat64(h.total_tokens)';
  return `WITH (SELECT any(timezone) FROM tallyd.budgets) AS configured, if(empty(ifNull(configured, '')), 'UTC', assumeNotNull(configured)) AS zone
SELECT (point - begun) / if(period = 'daily', 3600, 86400) AS elapsed,
    if(point <= moment, arraySum((hour, value) -> if(hour + 3600 <= point OR point = moment, value, 0), hours.1, hours.2), NULL) AS spent,
    if(point >= moment, spent_now + burn_rate * (point - moment) / 3600, NULL) AS forecast,
    amount * (point - begun) / (ended - begun) AS even_pace, amount
FROM (
    SELECT toString(s.period) AS period, s.amount AS amount, s.spent AS spent_now, s.burn_rate_per_hour AS burn_rate, hours,
        toUnixTimestamp(s.period_start) AS begun, toUnixTimestamp(s.period_end) AS ended, toUnixTimestamp(now('UTC')) AS moment,
        arrayJoin(arraySort(arrayDistinct(arrayConcat(range(begun, ended, 3600), [moment, ended])))) AS point
    FROM (SELECT *, toDate(period_start, zone) AS first_day FROM tallyd.budget_status WHERE ${isChosen(kind)}) AS s
    LEFT JOIN (
        SELECT h.name AS name, h.period_day AS first_day, groupArray((toUnixTimestamp(h.hour), ${amount})) AS hours
        FROM tallyd.budget_usage(by_hour = 1) AS h
        GROUP BY name, first_day
    ) AS u ON u.name = s.name AND u.first_day = s.first_day
)
ORDER BY elapsed`;
}

function periodPanel(kind: Kind) {
  return trend({
    title: `This period ${kind.words}`,
    description: `The budget chosen above: spent so far and on at the burn rate, against an even pace and the amount. In days since the period began; in hours for a daily budget.`,
    x: 'elapsed',
    ...amountColumn(kind),
    sql: cumulative(kind),
  })
    .noValue(`No budget ${kind.words}.`)
    .overrideByName('elapsed', [
      { id: 'unit', value: 'none' },
      { id: 'decimals', value: 1 },
    ])
    .overrideByName('spent', [
      { id: 'custom.lineWidth', value: 3 },
      { id: 'custom.fillOpacity', value: 10 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
    ])
    .overrideByName('forecast', dashed('blue'))
    .overrideByName('even_pace', [{ id: 'displayName', value: 'even pace' }, ...dashed('gray')])
    .overrideByName('amount', [{ id: 'color', value: { mode: 'fixed', fixedColor: 'red' } }]);
}

function dashed(colour: string) {
  return [
    { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
    { id: 'color', value: { mode: 'fixed', fixedColor: colour } },
  ];
}

export const period = KINDS.map(periodPanel);
