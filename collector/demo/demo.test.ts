import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createPriceBook } from '../pricing/price-book.ts';
import { bundledPriceList } from '../pricing/price-list.ts';
import { demoFiles, demoParts, writeDemo } from './demo.ts';
import { readNaively } from './naive-claude-reader.ts';
import { readCodexNaively } from './naive-codex-reader.ts';

const prices = createPriceBook({ list: await bundledPriceList() });
const options = { now: Date.UTC(2026, 2, 18, 14, 30), seed: 'demo', prices };
const files = [...demoFiles(options)];
const of = (format: string) =>
  files
    .filter(({ path }) => path.startsWith(`${format}/`))
    .map(({ path, content }) => ({ path: path.slice(format.length + 1), content: String(content) }));
const EXPORTS = [...demoParts(options)]
  .map(({ format }) => format)
  .filter(
    (format) => /-csv$|spend$|^deepseek|-cur$|-cost$|-billing$/.test(format) && format !== 'cursor-csv',
  );
const claude = [...readNaively(of('claude-code')).events.values()];
const codex = readCodexNaively(of('codex'));

let folder: string | undefined;
afterEach(async () => {
  if (folder) await rm(folder, { recursive: true });
  folder = undefined;
});

describe('the demo home', () => {
  it('is the same for the same options', () => expect([...demoFiles(options)]).toEqual(files));

  it('is small, and has thousands of events up to now', () => {
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
    expect(bytes).toBeLessThan(40e6);
    expect(claude.length + codex.length).toBeGreaterThan(10_000);
    const latest = Math.max(...claude.map(({ ts }) => ts));
    expect(latest).toBeLessThan(options.now);
    expect(latest).toBeGreaterThan(options.now - 3_600_000);
  });

  it('says that it is made up', () => {
    for (const { project } of [...claude, ...codex]) expect(project).toMatch(/^demo\//);
    for (const { content } of of('cursor-csv')) {
      for (const line of content.trim().split('\n').slice(1)) expect(line).toContain('@demo.example"');
    }
    for (const { path, content } of EXPORTS.flatMap(of))
      for (const line of content.trim().split('\n').slice(1))
        if (line !== '') expect(line, path).toMatch(/@demo\.example|demo\//);
  });

  it('is busier on weekdays, and busiest on one', () => {
    const days = new Map<string, number>();
    for (const { ts } of claude) {
      const day = new Date(ts).toISOString().slice(0, 10);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    const weekday = (day: string) => ![0, 6].includes(new Date(day).getUTCDay());
    const mean = (wanted: boolean) => {
      const counts = [...days].filter(([day]) => weekday(day) === wanted).map(([, count]) => count);
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    };
    expect(mean(true)).toBeGreaterThan(2 * mean(false));
    const [peak, most] = [...days].sort(([, a], [, b]) => b - a)[0] as [string, number];
    expect(peak).toBe('2026-03-09');
    expect(most).toBeGreaterThan(2 * mean(true));
  });

  it('lies on the disk where its roots say', async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyd-demo-'));
    const roots = await writeDemo(folder, options);
    expect(roots.map(({ format, dataset }) => `${dataset} ${format}`)).toEqual([
      'demo claude-code',
      'demo codex',
      'demo cursor-csv',
      'demo copilot-cli',
      'demo kimi',
      'demo pi',
      'demo qwen',
      'demo amp',
      'demo cline',
      'demo droid',
      'demo gemini-cli',
      'demo goose',
      'demo kilo',
      'demo opencode',
      'demo opencode-json',
      'demo anthropic-cost-csv',
      'demo anthropic-usage-csv',
      'demo copilot-csv',
      'demo deepseek',
      'demo deepseek-cost',
      'demo helicone-csv',
      'demo langfuse',
      'demo litellm-spend',
      'demo openai-cost-csv',
      'demo openai-usage-csv',
      'demo openrouter-csv',
      'demo bedrock-cur',
      'demo azure-cost',
      'demo gcp-billing',
    ]);
    const found: string[] = [];
    for (const { path } of roots)
      found.push(
        ...(await readdir(path, { recursive: true })).filter((name) => /\.(jsonl?|csv|db)$/.test(name)),
      );
    expect(found).toHaveLength(files.length);
    const [first] = files;
    expect(await readFile(join(folder, first?.path ?? ''), 'utf8')).toBe(first?.content);
    const databases = files.filter(({ content }) => typeof content !== 'string');
    expect(databases.map(({ path }) => path)).toEqual([
      'goose/sessions.db',
      'kilo/kilo.db',
      'opencode/opencode.db',
    ]);
    for (const { path, content } of databases) expect(await readFile(join(folder, path))).toEqual(content);
  });
});
