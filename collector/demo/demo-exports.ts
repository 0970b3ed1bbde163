/**
 * What the demo's people exported this morning: usage and costs from the consoles of their providers,
 * and requests from what stands between them and the models.
 */
import { generateAnthropicCost } from './anthropic-cost.ts';
import { generateAnthropicUsage } from './anthropic-usage-csv.ts';
import type { BillTruth } from './bill-truth.ts';
import { DAY, HOUR } from './clock.ts';
import { generateCopilot } from './copilot-csv.ts';
import { chargesFor, dollarsOf } from './demo-bills.ts';
import { CLOUD_FORMATS, cloudBills, deepseekBill } from './demo-clouds.ts';
import type { ExportsSetting } from './demo-setting.ts';
import { generateDeepseek } from './deepseek.ts';
import { generateHelicone } from './helicone.ts';
import { generateLangfuse } from './langfuse.ts';
import { generateLitellmSpend } from './litellm-spend.ts';
import { generateOpenaiCost } from './openai-cost.ts';
import { generateOpenaiUsage } from './openai-usage-csv.ts';
import { generateOpenrouter } from './openrouter-csv.ts';
import { Prng } from './prng.ts';
import type { GeneratedFile } from './truth.ts';
import { type ExportTruth, type UsageExport, writeUsageExport } from './usage-export.ts';

export const EXPORT_FORMATS = [
  'anthropic-cost-csv',
  'anthropic-usage-csv',
  'copilot-csv',
  'deepseek',
  'deepseek-cost',
  'helicone-csv',
  'langfuse',
  'litellm-spend',
  'openai-cost-csv',
  'openai-usage-csv',
  'openrouter-csv',
  ...CLOUD_FORMATS,
] as const;

export interface DemoExport {
  format: (typeof EXPORT_FORMATS)[number];
  file: GeneratedFile;
  usage: ExportTruth[];
  bill: BillTruth[];
}

const USERS = ['ada', 'ben', 'cleo', 'dev'].map((name) => `${name}@demo.example`);

export function demoExports(setting: ExportsSetting): DemoExport[] {
  const rest = [...others(setting)];
  // clouds run what agents and gateways ask them for; who sells models on bills it himself
  const asked = rest.filter(({ format }) => format !== 'openrouter-csv' && format !== 'copilot-csv');
  const used = [...setting.used, ...asked.flatMap(({ usage }) => usage)];
  const clouds = cloudBills(setting, used).map(({ format, file, truth }): DemoExport => ({
    format,
    file,
    usage: [],
    bill: truth,
  }));
  return [...anthropic(setting), ...openai(setting), ...deepseek(setting), ...rest, ...clouds];
}

function* anthropic(setting: ExportsSetting): Iterable<DemoExport> {
  const { seed, prices, from, until } = setting;
  const models = [
    ['claude-sonnet-4-5', 3],
    ['claude-haiku-4-5', 2],
  ] as const;
  const day = { ...common(setting), when: everyDay(setting), scale: 0.06, quirks: false };
  const made = generateAnthropicUsage({ ...day, rows: 220, models });
  const usage = exported(setting, 'anthropic-usage-csv', 'claude_api_tokens.csv', made);
  yield usage;
  const charges = chargesFor(`${seed}-anthropic`, prices, usage.usage);
  const { file, truth } = generateAnthropicCost({ seed, from, until, charges, name: 'claude_api_cost.csv' });
  yield { format: 'anthropic-cost-csv', file, usage: [], bill: truth };
}

function* openai(setting: ExportsSetting): Iterable<DemoExport> {
  const { seed, prices, from, until } = setting;
  const models = [
    ['gpt-5.2', 3],
    ['gpt-5-mini', 2],
  ] as const;
  const day = { ...common(setting), when: everyDay(setting), scale: 0.1, quirks: false };
  const made = generateOpenaiUsage({ ...day, rows: 220, models });
  const usage = exported(setting, 'openai-usage-csv', 'completions_usage.csv', made);
  yield usage;
  const charges = chargesFor(`${seed}-openai`, prices, usage.usage);
  const { file, truth } = generateOpenaiCost({ seed, from, until, charges, name: 'cost.csv' });
  yield { format: 'openai-cost-csv', file, usage: [], bill: truth };
}

function* deepseek(setting: ExportsSetting): Iterable<DemoExport> {
  const models = ['deepseek-chat', 'deepseek-reasoner'];
  const some = { ...common(setting), when: everyDay(setting), scale: 0.3, users: ['cleo@demo.example'] };
  const made = generateDeepseek({ ...some, rows: 130, models });
  const usage = exported(setting, 'deepseek', 'amount.csv', made);
  yield usage;
  const { file, truth } = deepseekBill(setting, usage.usage);
  yield { format: 'deepseek-cost', file, usage: [], bill: truth };
}

/** Slug, and who makes the model. */
const ROUTED = [
  ['anthropic/claude-sonnet-4.5', 'anthropic'],
  ['openai/gpt-5-mini', 'openai'],
  ['google/gemini-2.5-flash', 'google'],
] as const;

function* others(setting: ExportsSetting): Iterable<DemoExport> {
  const request = common(setting);
  yield exported(
    setting,
    'copilot-csv',
    'copilot-usage.csv',
    generateCopilot({ ...request, rows: 240, scale: 0.05 }),
  );
  const routed = generateOpenrouter({ ...request, rows: 300, models: ROUTED });
  yield exported(setting, 'openrouter-csv', 'openrouter_activity.csv', routed);
  yield exported(
    setting,
    'litellm-spend',
    'LiteLLM_SpendLogs.csv',
    generateLitellmSpend({ ...request, rows: 400 }),
  );
  yield exported(
    setting,
    'langfuse',
    'observations.csv',
    generateLangfuse({ ...request, rows: 300, projects: ['demo/docs'] }),
  );
  yield exported(setting, 'helicone-csv', 'helicone.csv', generateHelicone({ ...request, rows: 300 }));
}

function common({ seed, prices, projects, from, until, when }: ExportsSetting) {
  return {
    ...{ seed, projects, users: USERS, from, until },
    when: (prng: Prng): number => Math.min(when(prng), until - HOUR),
    dollarsOf: dollarsOf.bind(undefined, prices),
  };
}

/** Each day a few times, for production rests on none, then when people work. */
function everyDay({ from, until, when }: ExportsSetting): (prng: Prng) => number {
  const days = Math.round((until - from) / DAY);
  let drawn = 0;
  return (prng) => {
    const count = drawn++;
    return count < 3 * days ? from + (count % days) * DAY : Math.max(from, Math.min(when(prng), until - 1));
  };
}

function exported(
  { seed }: ExportsSetting,
  format: DemoExport['format'],
  name: string,
  made: UsageExport,
): DemoExport {
  const file = writeUsageExport(new Prng(`${seed}-${format}`), name, made);
  return { format, file, usage: made.rows.flatMap(({ truth }) => truth ?? []), bill: [] };
}
