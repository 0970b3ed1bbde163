/** The logs of the demo's agents. */
import { generateAmp } from './amp.ts';
import { generateClaudeCode } from './claude-code.ts';
import { generateCline } from './cline.ts';
import { HOUR, MINUTE } from './clock.ts';
import { generateCodex } from './codex.ts';
import { generateCopilotCli } from './copilot-cli.ts';
import type { CursorVariant } from './cursor-csv.ts';
import { generateCursorCsv } from './cursor-csv.ts';
import type { Billable } from './demo-bills.ts';
import { calendar, type DemoSeed, PROJECTS } from './demo-setting.ts';
import { generateDroid } from './droid.ts';
import { generateGeminiCli } from './gemini-cli.ts';
import { generateGoose, sessionTable } from './goose.ts';
import { generateKilo } from './kilo.ts';
import { generateKimi } from './kimi.ts';
import { generateOpenCode, legacyFile, messageTables } from './opencode.ts';
import { generatePi } from './pi.ts';
import { Prng } from './prng.ts';
import { generateQwen } from './qwen.ts';
import type { RewrittenOptions } from './rewritten.ts';
import { sqliteFile } from './sqlite-file.ts';
import type { GeneratedFile } from './truth.ts';

export const AGENT_FORMATS = [
  'claude-code',
  'codex',
  'cursor-csv',
  'copilot-cli',
  'kimi',
  'pi',
  'qwen',
  'amp',
  'cline',
  'droid',
  'gemini-cli',
  'goose',
  'kilo',
  'opencode',
  'opencode-json',
] as const;

export interface AgentPart {
  format: (typeof AGENT_FORMATS)[number];
  files: Iterable<GeneratedFile<string | Buffer>>;
  /** What is truly in the files. */
  usage: () => readonly Told[];
}

/** Kinds of tokens as generators name them; none of them is part of another. */
export const KINDS = [
  'input',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'cacheRead',
  'output',
  'unclassified',
] as const;
/** An event, with the kinds that its generator tells apart. */
export type Told = Partial<Record<(typeof KINDS)[number], number>> & { reportedCostUsd?: string | undefined };

/** By format; some formats have several parts. */
export function* agentParts(options: DemoSeed): Iterable<AgentPart> {
  for (const made of claudeLogs(options))
    yield { format: 'claude-code', files: made.files(), usage: () => made.truth.events };
  for (const made of codexLogs(options))
    yield { format: 'codex', files: made.files(), usage: () => made.truth.events };
  for (const { file, truth } of cursorExports(options))
    yield { format: 'cursor-csv', files: [file], usage: () => truth };
  for (const [format, generate] of Object.entries(SESSION_LOGS)) {
    const { files, usage } = generate(sessionsOf(format, options));
    yield { format: format as keyof typeof SESSION_LOGS, files, usage: () => usage };
  }
  for (const [format, generate] of Object.entries(REWRITTEN)) {
    const { files, truth } = generate(rewrittenBy(format, options));
    yield { format: format as keyof typeof REWRITTEN, files, usage: () => truth };
  }
}

/** Agents whose logs tell each request. */
const SESSION_LOGS = {
  'copilot-cli': generateCopilotCli,
  kimi: generateKimi,
  pi: generatePi,
  qwen: generateQwen,
};

/** Agents that rewrite their files. */
const REWRITTEN = {
  amp: (options: RewrittenOptions) => generateAmp({ ...options, variant: 'ledger' }),
  cline: (options: RewrittenOptions) => generateCline({ ...options, variant: 'cline' }),
  droid: generateDroid,
  'gemini-cli': geminiDocuments,
  goose: gooseDatabase,
  kilo: kiloDatabase,
  opencode: openCodeDatabase,
  'opencode-json': openCodeFiles,
};

function gooseDatabase(options: RewrittenOptions) {
  const { rows, truth } = generateGoose(options);
  return { files: [{ path: 'sessions.db', content: sqliteFile([sessionTable(rows)]) }], truth };
}

/** Only its name tells it from OpenCode's. */
function kiloDatabase(options: RewrittenOptions) {
  const { rows, truth } = generateKilo(options);
  return { files: [{ path: 'kilo.db', content: sqliteFile(messageTables(rows)) }], truth };
}

function openCodeDatabase(options: RewrittenOptions) {
  const { rows, truth } = generateOpenCode(options);
  return { files: [{ path: 'opencode.db', content: sqliteFile(messageTables(rows)) }], truth };
}

/** Of models that Google Cloud's bills name as the logs do. */
function geminiDocuments(options: RewrittenOptions) {
  const models = ['gemini-2.5-pro', 'gemini-2.5-flash'];
  return generateGeminiCli({ ...options, variant: 'document', models });
}

/** What agents used of Google's models. */
export function billedToClouds(options: DemoSeed): Billable[] {
  const rewritten = (['gemini-cli', 'cline'] as const).flatMap(
    (format) => REWRITTEN[format](rewrittenBy(format, options)).truth,
  );
  const told = (['pi', 'qwen'] as const).flatMap(
    (format) => SESSION_LOGS[format](sessionsOf(format, options)).usage,
  );
  const truth = [...rewritten, ...told].filter(({ model }) => model.startsWith('gemini-'));
  const billed = { grain: 'request', provider: 'google', user: '', project: '', billable: true } as const;
  return truth.map((used) => ({ ...used, ...billed, cacheWrite5m: used.cacheWrite, cacheWrite1h: 0 }));
}

const rewrittenBy = (name: string, options: DemoSeed) => ({ ...sessionsOf(name, options), sessions: 15 });

/** As its versions before the database wrote them. */
function openCodeFiles(options: RewrittenOptions) {
  const { rows, truth } = generateOpenCode(options);
  const prng = new Prng(options.seed);
  return { files: rows.map((row) => legacyFile(row, prng)), truth };
}

/** A few sessions a week of each; none goes on for a quarter of an hour. */
function sessionsOf(name: string, options: DemoSeed) {
  const { from, when } = calendar(options);
  const until = options.now - 15 * MINUTE;
  return {
    seed: `${options.seed}-${name}`,
    ...{ sessions: 30, projects: PROJECTS, requests: [3, 20] as const, quirks: false, from, until },
    when: (prng: Prng) => Math.min(when(prng), until),
  };
}

function* claudeLogs(options: DemoSeed) {
  const shared = { projects: PROJECTS, turns: [4, 45] as const };
  const hazards = {
    streamedParts: true,
    subagents: true,
    progressLines: true,
    apiErrors: true,
    usageLimits: true,
    truncatedLines: true,
    resumedSessions: true,
    fastMode: true,
    unknownModels: true,
    iterations: true,
  };
  yield generateClaudeCode({
    seed: `${options.seed}-claude`,
    entries: 8000,
    ...calendar(options),
    ...shared,
    hazards,
  });
  yield generateClaudeCode({
    seed: `${options.seed}-today`,
    sessions: 4,
    ...lastHours(options),
    ...shared,
    hazards,
  });
}

function* codexLogs(options: DemoSeed) {
  const hazards = {
    reEmitted: true,
    modelChanges: true,
    forks: true,
    subagents: true,
    counterResets: true,
    serviceTiers: true,
  };
  const shared = { projects: PROJECTS, timezone: 'UTC', hazards };
  yield generateCodex({
    seed: `${options.seed}-codex`,
    entries: 3000,
    ...calendar(options),
    ...shared,
  });
  yield generateCodex({
    seed: `${options.seed}-now`,
    sessions: 2,
    ...lastHours(options),
    ...shared,
  });
}

/** Something is going on right now, whatever the hour. */
function lastHours({ now }: DemoSeed) {
  return { from: now - 3 * HOUR, until: now };
}

const EXPORTS: readonly (readonly [string, CursorVariant, readonly string[], number])[] = [
  [
    'usage-events-team.csv',
    'v3t',
    ['ada@demo.example', 'ben@demo.example', 'cleo@demo.example', 'dev@demo.example'],
    2400,
  ],
  ['usage-events-contractors.csv', 'v2t', ['eve@demo.example', 'finn@demo.example'], 900],
];

function* cursorExports(options: DemoSeed) {
  for (const [name, variant, users, rows] of EXPORTS) {
    const seed = `${options.seed}-${name}`;
    yield generateCursorCsv({ seed, name, variant, users, rows, ...calendar(options) });
  }
}
