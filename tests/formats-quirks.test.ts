/**
 * Which fixture shows which quirk of which variant: a table, so that what exports are known to do has golden
 * rows, and keeps them when fixtures are tidied. That the rows are right is collector/formats/contract.test.ts's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FORMATS = join(import.meta.dirname, '../collector/formats');

/** Format, fixture, quirk, what the file has where it shows it. */
const QUIRKS: [format: string, fixture: string, quirk: string, shows: RegExp][] = [
  [
    'cursor-csv',
    'v0-team.csv',
    'one column of tokens, and its cost',
    /^Date,User,Kind,Max Mode,Model,Tokens,Cost \(\$\)\r?\n/,
  ],
  ['cursor-csv', 'v0-team.csv', 'no cost is told as -', /,"-"/],
  [
    'cursor-csv',
    'v0b-personal.csv',
    'a date alone, thousands commas, dollars',
    /"2025-08-03",.*"1,234,567","\$1,234\.56"/,
  ],
  ['cursor-csv', 'v0b-personal.csv', 'a cost that is included', /"Included"\r?\n/],
  ['cursor-csv', 'v0c-from-json.csv', 'milliseconds since 1970, cents', /^1757000000123,.*,3\.14159\r?$/m],
  ['cursor-csv', 'v0c-from-json.csv', 'kinds in capitals', /USAGE_EVENT_KIND_ABORTED_NOT_CHARGED/],
  ['cursor-csv', 'v1.csv', 'cells without quotes, NaN, a cost to you', /,NaN,0/],
  ['cursor-csv', 'v1.csv', 'no last newline', /[^\n]$/],
  [
    'cursor-csv',
    'v1t-team.csv',
    'Output instead of Output Tokens; rows that are truly alike',
    /Cache Read,Output,Total Tokens,Cost \(\$\)\r?\n("2025.*)\r?\n\1\r?\n/,
  ],
  ['cursor-csv', 'v2.csv', 'a byte order mark', /^\uFEFFDate/],
  [
    'cursor-csv',
    'v2.csv',
    'an error that was not charged and has tokens and a cost',
    /"Errored, Not Charged",.*"32409","0\.13"/,
  ],
  [
    'cursor-csv',
    'v2.csv',
    'less written to the cache than not; a model of one’s own key',
    /"us\.anthropic\.claude-opus-4-6-v1"/,
  ],
  ['cursor-csv', 'v2r-requests.csv', 'requests in the place of cost', /,Requests\r?\n/],
  [
    'cursor-csv',
    'v2t-team.csv',
    'a time without a zone; free in small letters',
    /"2026-03-01 08:00:00","bob@demo\.example","free"/,
  ],
  ['cursor-csv', 'v3.csv', 'empty cells of tokens beside Free', /"","","","","","Free"/],
  ['cursor-csv', 'v3.csv', 'agents in the cloud and automations', /Cloud Agent ID,Automation ID,Kind/],
  [
    'cursor-csv',
    'v3t-reordered.csv',
    'columns in another order, one unknown with a line break',
    /^Model,"Note, by hand",.*\n.*"two\nlines, ""quoted"""/,
  ],
  ['cursor-csv', 'no-rows.csv', 'a header alone', /^[^\n]+\n?$/],
  [
    'openai-usage-csv',
    'daily.csv',
    'counts as floats, with columns of computing and cache writes',
    /compute_units.*input_cache_write_tokens[\s\S]*,31422\.0,29\.0,/,
  ],
  ['openai-usage-csv', 'daily.csv', 'an empty bucket', /2026-09-02T00:00:00\+00:00,{10}/],
  [
    'openai-usage-csv',
    'daily.csv',
    'batch, flex, priority, incentivized-tier',
    /True,[\s\S]*priority[\s\S]*incentivized-tier/,
  ],
  [
    'openai-usage-csv',
    'minutes-2025.csv',
    'minutes, several keys in one; audio is another cut',
    /1757000040,1757000100,[\s\S]*key_one[\s\S]*key_two/,
  ],
  [
    'openai-usage-csv',
    'embeddings-hourly.csv',
    'times with and without a zone in one file',
    /2026-08-31T00:00:00,[\s\S]*2026-08-31T01:00:00\+00:00,/,
  ],
  [
    'openai-usage-csv',
    'period-without-usage.csv',
    'a period without usage: four columns',
    /^start_time,end_time,start_time_iso,end_time_iso\r?\n/,
  ],
  [
    'openai-cost-csv',
    'cost.csv',
    'thirty decimals; an empty bucket with a zone beside lines without',
    /\+00:00,{12}[\s\S]*T00:00:00,0\.0034{1}0{30,}/,
  ],
  [
    'openai-cost-csv',
    'by-line-item.csv',
    'a model and a kind in one cell; lines that are truly alike',
    /"gpt-5-nano, input_tokens"[\s\S]*\n(1788134400,.*cached input.*)\n\1\n/,
  ],
  [
    'openai-cost-csv',
    'by-line-item.csv',
    'api_source, a credit, another currency',
    /api_source\n[\s\S]*,-1\.0+,usd[\s\S]*,eur,/,
  ],
  [
    'anthropic-usage-csv',
    'ttl.csv',
    'cache writes by how long they live; ≤ and > 200k; fast; names with commas and accents',
    /cache_write_1h[\s\S]*"Ada’s key, old"[\s\S]*≤ 200k[\s\S]*> 200k[\s\S]*José[\s\S]*,fast/,
  ],
  ['anthropic-usage-csv', 'ttl.csv', 'hours; blank lines at the end', /2026-03-24 13:00,[\s\S]*\n\n\n/],
  [
    'anthropic-usage-csv',
    'single-cache-write.csv',
    'one column of cache writes',
    /usage_input_tokens_cache_write,/,
  ],
  [
    'anthropic-usage-csv',
    'reduced-reordered.csv',
    'no cache columns, another order, a byte order mark',
    /^\uFEFFspeed,/,
  ],
  ['anthropic-cost-csv', '2024-12.csv', 'the first header', /api_key,usage_type,token_type,cost_usd\r?\n/],
  [
    'anthropic-cost-csv',
    '2025-12.csv',
    'the second header, times, searches without a model',
    /cost_usd,cost_type\r?\n[\s\S]*00:00,[\s\S]*,,0\.05,web_search/,
  ],
  [
    'anthropic-cost-csv',
    '2026-03.csv',
    'the third header, display names beside ids',
    /list_price_usd,cost_type,inference_geo,speed\r?\n[\s\S]*Claude Opus 4\.6[\s\S]*claude-haiku-4-5/,
  ],
  [
    'anthropic-cost-csv',
    '2026-08.csv',
    'the fourth header; rows alike in all but the amount, and in all',
    /api_key_id,api_key_status\r?\n[\s\S]*,0\.10,[\s\S]*\n(.*,0\.20,.*)\n\1/,
  ],
  [
    'openrouter-csv',
    'requests.csv',
    'what the cache saved and what it cost; an exponent',
    /,-0\.006331,[\s\S]*,0\.0075,[\s\S]*1\.5e-05/,
  ],
  [
    'openrouter-csv',
    'requests-other-order.csv',
    'another order, search results, one request twice',
    /^api_key_disabled,.*num_search_results.*\n(.*)\n\1/,
  ],
  [
    'openrouter-csv',
    'days.csv',
    'by day, quoted',
    /^Date,Slug,Usage,BYOK Usage,Requests[\s\S]*"2026-05-12 00:00:00"/,
  ],
  [
    'copilot-csv',
    '2025-06-requests.csv',
    'six columns, seven digits of a second',
    /^"?Timestamp"?,"?User"?,"?Model"?,"?Requests Used"?,.*\n.*\.\d{7}Z/,
  ],
  [
    'copilot-csv',
    '2025-10-premium.csv',
    'fifteen columns, fractions of requests',
    /exceeds_quota,total_monthly_quota[\s\S]*,\d+\.\d+,requests,/,
  ],
  [
    'copilot-csv',
    '2026-06-credits.csv',
    'seventeen columns, requests beside credits',
    /aic_quantity,aic_gross_amount\r?\n[\s\S]*requests[\s\S]*credits/,
  ],
  ['copilot-csv', '2026-08-tokens.csv', 'twenty-one columns', /input,output,cache_read,cache_write\r?\n/],
  ['copilot-csv', '2026-08-other-order.csv', 'another order', /^\uFEFFdate,product,sku,/],
  ['litellm-spend', 'spend-logs.csv', 'a table with JSON in its cells', /""usage_object""/],
  ['litellm-spend', 'spend-logs-lines.jsonl', 'JSON lines', /^\{.*"request_id"/],
  ['helicone-csv', 'export.csv', 'JSON whose quotes are doubled twice', /""""/],
  [
    'langfuse',
    'observations.csv',
    'times without a zone, usage as a map',
    /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}[\s\S]*""input""/,
  ],
  ['langfuse', 'observations-lines.jsonl', 'JSON lines', /^\{.*"usage_?[dD]etails"/],
  [
    'bedrock-cur',
    'cur2.csv',
    'thousands and millions of tokens',
    /1K tokens[\s\S]*1M tokens|1M tokens[\s\S]*1K tokens/i,
  ],
  ['bedrock-cur', 'legacy.csv', 'the names before CUR 2.0', /lineItem\/UsageStartDate/],
  ['gcp-billing', 'billing-lines.jsonl', 'credits, which are negative', /"credits":\s*\[\{.*"amount":\s*"?-/],
  [
    'azure-cost',
    'enterprise.csv',
    'units of a thousand and a million side by side',
    /1K[\s\S]*1M|1M[\s\S]*1K/,
  ],
  ['deepseek', 'amount-2026-08-13_2026-08-14.csv', 'hours at +08:00', /\+08:00,/],
  ['deepseek-cost', 'cost-2026-08-13_2026-08-14.csv', 'hours at +08:00, a currency', /\+08:00,[\s\S]*CNY/],
];

it.each(QUIRKS)('%s: %s shows %s, and has golden rows', (format, fixture, _quirk, shows) => {
  const path = join(FORMATS, format, 'fixtures', fixture);
  expect(readFileSync(path, 'utf8')).toMatch(shows);
  const golden = JSON.parse(readFileSync(path.replace(/\.[^.]+$/, '.rows.json'), 'utf8')) as object;
  expect(golden).toHaveProperty('rows');
});
