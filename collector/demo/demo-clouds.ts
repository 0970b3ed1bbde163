/** What clouds charge for the demo's usage of models that they run, and DeepSeek for its own. */
import { generateAzure } from './azure-cost.ts';
import { generateBedrock } from './bedrock-cur.ts';
import type { GeneratedBill } from './bill-truth.ts';
import { DAY } from './clock.ts';
import { type Billable, tokenCharges } from './demo-bills.ts';
import type { ExportsSetting } from './demo-setting.ts';
import { generateDeepseekCost } from './deepseek.ts';
import { generateGcp } from './gcp-billing.ts';

export const CLOUD_FORMATS = ['bedrock-cur', 'azure-cost', 'gcp-billing'] as const;

export interface CloudBill extends GeneratedBill {
  format: (typeof CLOUD_FORMATS)[number];
}

/** Of whole days up to last night. */
export function cloudBills(setting: ExportsSetting, usage: readonly Billable[]): CloudBill[] {
  const { seed, from, until } = setting;
  const period = (provider: string) => ({ seed, from, until, charges: charged(setting, usage, provider) });
  return [
    { format: 'bedrock-cur', ...generateBedrock(period('aws')) },
    { format: 'azure-cost', ...generateAzure(period('azure')) },
    { format: 'gcp-billing', ...generateGcp(period('google')) },
  ];
}

export function deepseekBill(setting: ExportsSetting, usage: readonly Billable[]): GeneratedBill {
  const { seed, from, until } = setting;
  return generateDeepseekCost({ seed, from, until, charges: tokenCharges(setting.prices, usage) });
}

/** Bills of clouds name accounts and projects, but no users. */
function charged({ prices, projects, until }: ExportsSetting, usage: readonly Billable[], provider: string) {
  const own = usage
    .filter((each) => each.provider === provider && each.billable && each.ts < until)
    .map((each) => ({
      ...each,
      user: '',
      project: each.project || (projects[(each.ts % DAY) % projects.length] ?? ''),
    }));
  // what is free is not on the bill
  return tokenCharges(prices, own).filter(({ dollars }) => dollars > 0);
}
