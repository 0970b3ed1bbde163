/** The formats tallyd reads. Adding one: docs/adding-a-format.md. */
import { amp } from './amp/recognise.ts';
import { anthropicCostCsv } from './anthropic-cost-csv/recognise.ts';
import { anthropicUsageCsv } from './anthropic-usage-csv/recognise.ts';
import { azureCost } from './azure-cost/recognise.ts';
import {
  bedrockCur,
  bedrockCurParquet,
  bedrockCurUsage,
  bedrockCurUsageParquet,
} from './bedrock-cur/recognise.ts';
import { claudeCode } from './claude-code/recognise.ts';
import { cline } from './cline/recognise.ts';
import { codex } from './codex/recognise.ts';
import { copilotCli } from './copilot-cli/recognise.ts';
import { copilotCsv } from './copilot-csv/recognise.ts';
import { copilotOtel } from './copilot-otel/recognise.ts';
import { cursorCsv } from './cursor-csv/recognise.ts';
import { deepseek } from './deepseek/recognise.ts';
import { deepseekCost } from './deepseek-cost/recognise.ts';
import { droid } from './droid/recognise.ts';
import type { Format } from './format.ts';
import { gcpBilling, gcpBillingJsonl } from './gcp-billing/recognise.ts';
import { geminiCli } from './gemini-cli/recognise.ts';
import { goose } from './goose/recognise.ts';
import { heliconeCsv, heliconeJsonl } from './helicone-csv/recognise.ts';
import { kilo } from './kilo/recognise.ts';
import { kimi } from './kimi/recognise.ts';
import { langfuse, langfuseJsonl, langfuseParquet } from './langfuse/recognise.ts';
import { litellmDaily, litellmDailyJsonl } from './litellm-daily/recognise.ts';
import { litellmSpend, litellmSpendJsonl } from './litellm-spend/recognise.ts';
import { openaiCostCsv } from './openai-cost-csv/recognise.ts';
import { openaiUsageCsv } from './openai-usage-csv/recognise.ts';
import { openclaw } from './openclaw/recognise.ts';
import { openCode, openCodeJson } from './opencode/recognise.ts';
import { openrouterCsv } from './openrouter-csv/recognise.ts';
import { pi } from './pi/recognise.ts';
import { qwen } from './qwen/recognise.ts';

export const builtInFormats: readonly Format[] = [
  amp,
  anthropicCostCsv,
  anthropicUsageCsv,
  azureCost,
  bedrockCur,
  bedrockCurParquet,
  bedrockCurUsage,
  bedrockCurUsageParquet,
  claudeCode,
  cline,
  codex,
  copilotCli,
  copilotCsv,
  copilotOtel,
  cursorCsv,
  deepseek,
  deepseekCost,
  droid,
  gcpBilling,
  gcpBillingJsonl,
  geminiCli,
  goose,
  heliconeCsv,
  heliconeJsonl,
  kilo,
  kimi,
  langfuse,
  langfuseJsonl,
  langfuseParquet,
  litellmDaily,
  litellmDailyJsonl,
  litellmSpend,
  litellmSpendJsonl,
  openaiCostCsv,
  openaiUsageCsv,
  openclaw,
  openCode,
  openCodeJson,
  openrouterCsv,
  pi,
  qwen,
];
