/** The program as people use it: a process, its ports, its signals, and what it prints. */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateClaudeCode } from '../collector/demo/claude-code.ts';
import { generateCodex } from '../collector/demo/codex.ts';
import { generateCursorCsv } from '../collector/demo/cursor-csv.ts';
import { writeCorpus } from './support/corpus.ts';
import { environment, Program, run, until } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const folders: ReturnType<typeof temporaryFolder>[] = [];
const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0)) await program.end('SIGKILL');
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

function newHome(): string {
  const folder = temporaryFolder('home');
  folders.push(folder);
  return folder.path;
}

async function started(env: Record<string, string>, ...args: string[]): Promise<Program> {
  const program = await Program.start(env, ...args);
  running.push(program);
  return program;
}

const span = { from: Date.UTC(2026, 0, 5), until: Date.UTC(2026, 1, 20) };

/** A home with both agents' logs, and what they come to. */
function withAgents(home: string): number {
  const claude = generateClaudeCode({ seed: 'e2e', sessions: 6, hazards: true, ...span });
  const codex = generateCodex({ seed: 'e2e', sessions: 4, hazards: true, ...span });
  writeCorpus(join(home, '.claude'), claude.files());
  writeCorpus(join(home, '.codex'), codex.files());
  const events = [...claude.truth.events, ...codex.truth.events];
  return events.reduce(
    (sum, e) => sum + e.input + e.cacheWrite5m + e.cacheWrite1h + e.cacheRead + e.output,
    0,
  );
}

function claudeLine(id: string, output: number, at = new Date().toISOString()): string {
  const message = { id, model: 'claude-sonnet-4-5', usage: { input_tokens: 100, output_tokens: output } };
  return `${JSON.stringify({ type: 'assistant', sessionId: 's', requestId: `req_${id}`, timestamp: at, cwd: '/src/live', message })}\n`;
}

function codexThread(): string {
  const timestamp = new Date().toISOString();
  const usage = { input_tokens: 70, cached_input_tokens: 30, output_tokens: 9, total_tokens: 79 };
  const items = [
    { type: 'session_meta', payload: { id: 'thread-live', cwd: '/src/live' } },
    { type: 'turn_context', payload: { model: 'gpt-5-codex' } },
    {
      type: 'event_msg',
      payload: { type: 'token_count', info: { total_token_usage: usage, last_token_usage: usage } },
    },
  ];
  return items.map((item) => `${JSON.stringify({ timestamp, ...item })}\n`).join('');
}

const TOTAL = 'SELECT sum(total_tokens) FROM tallyd.usage';

describe('the first command', () => {
  it('shows demo data, marked as demo, and ends when told to show it once', async () => {
    const env = environment(newHome());
    const { code, stdout, stderr } = await run(env, 'start', '--demo', '--once');
    expect(stderr).not.toMatch(/"level":(50|60)/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/DEMO DATA/);
    expect(stdout).toMatch(/claude-/);
    expect(stdout).toMatch(/Total/i);
    expect(stdout).toMatch(/curl -T/);
    const demo = { ...env, TALLYD_DATA_DIR: `${env['TALLYD_DATA_DIR']}-demo` };
    for (const source of ['claude-code', 'codex', 'cursor-csv']) {
      const report = await run(demo, 'report', 'daily', '--json', '--source', source);
      const { daily } = JSON.parse(report.stdout) as { daily: unknown[] };
      expect(daily.length, source).toBeGreaterThan(20);
    }
  });

  it('says where it looked when there is nothing, and offers the demo; a second one, that the store is in use', async () => {
    const env = environment(newHome());
    const program = await started(env);
    expect(program.output).toMatch(/npm start -- --demo/);
    expect(program.output).toMatch(/\.claude/);
    const { code, stderr } = await run(env, 'start', '--once');
    expect(code).toBe(1);
    expect(stderr).toMatch(/in use by another process/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

/** One collector's life: the tests follow each other. */
describe.sequential('a collector beside agents', () => {
  const home = newHome();
  let program: Program;
  let total: number;
  beforeAll(async () => {
    total = withAgents(home);
    program = await Program.start(environment(home));
  });
  afterAll(() => program.end('SIGKILL'));

  it('finds them, reads them to the token, and says where everything is', async () => {
    expect(program.output).toContain(program.url('http').replace('127.0.0.1', 'localhost'));
    expect(await program.query(TOTAL)).toBe(String(total));
  });

  it('has a doctor who says what was found, followed, rejected and unpriced', async () => {
    const { code, stdout } = await run(environment(home), 'doctor');
    expect([0, 1]).toContain(code);
    expect(stdout).toContain(join(home, '.claude'));
    expect(stdout).toMatch(/not valid JSON/);
    expect(stdout).toMatch(/claude-experimental-x/);
  });

  it('stops in order on SIGTERM: positions written, nothing left to find', async () => {
    expect(await program.end('SIGTERM')).toBe(0);
    expect(existsSync(join(home, 'data/positions.json'))).toBe(true);
    expect(existsSync(join(home, 'data/collector.json'))).toBe(false);
  });

  it('keeps what was stored when the agents delete their logs', async () => {
    rmSync(join(home, '.claude'), { recursive: true });
    rmSync(join(home, '.codex'), { recursive: true });
    program = await Program.start(environment(home));
    expect(await program.query(TOTAL)).toBe(String(total));
  });
});

describe('a running collector', () => {
  it('shows a line that an agent writes, in the store and in the counters, and history in the store only', async () => {
    const home = newHome();
    withAgents(home);
    const program = await started(environment(home));
    const before = Number(await program.query(TOTAL));
    const session = join(home, '.claude/projects/-src-live/s.jsonl');
    mkdirSync(join(home, '.claude/projects/-src-live'), { recursive: true });
    writeFileSync(session, claudeLine('msg_live1', 1));
    await until(async () => Number(await program.query(TOTAL)) === before + 101);
    appendFileSync(session, claudeLine('msg_live1', 40));
    appendFileSync(session, claudeLine('msg_live2', 5));
    await until(async () => Number(await program.query(TOTAL)) === before + 140 + 105);
    const metrics = async (): Promise<string> => (await fetch(`${program.url('metrics')}/metrics`)).text();
    await until(async () => /llm_tokens_total\{[^}]*type="input"[^}]*\} 200\b/.test(await metrics()));
    expect(await metrics()).toMatch(/llm_tokens_total\{[^}]*type="output"[^}]*\} 45\b/);
    expect(await metrics()).not.toMatch(/llm_tokens_total\{[^}]*source="codex"[^}]*\} [1-9]/);
    writeCorpus(join(home, '.codex'), [
      { path: 'sessions/2026/11/21/rollout-live.jsonl', content: codexThread() },
    ]);
    await until(async () =>
      /llm_tokens_total\{(?=[^}]*source="codex")(?=[^}]*type="output")[^}]*\} 9\b/.test(await metrics()),
    );
  });

  it('answers a CSV sent with curl by a report that a person can read', async () => {
    const home = newHome();
    const program = await started(environment(home, { TALLYD_TAIL: 'none' }));
    const { file } = generateCursorCsv({ seed: 'e2e', rows: 50, variant: 'v3t', ...span });
    writeFileSync(join(home, 'usage.csv'), file.content);
    const sent = await new Promise<string>((resolve, reject) => {
      execFile(
        'curl',
        ['-sS', '-T', join(home, 'usage.csv'), `${program.url('http')}/api/v1/uploads/`],
        (error, stdout) => {
          if (error) reject(new Error(error.message));
          else resolve(stdout);
        },
      );
    });
    const report = JSON.parse(sent) as { summary: string; rows: { accepted: number } };
    expect(report.summary).toMatch(/usage\.csv: 50 records read as cursor-csv: 50 new/);
    expect(sent.split('\n').length).toBeGreaterThan(10);
    const pushed = await run(environment(home), 'push', join(home, 'usage.csv'));
    expect(pushed).toMatchObject({ code: 0 });
    expect(pushed.stdout).toMatch(/0 new/);
  });

  it('gives the same report while it runs and at rest, also after kill -9', async () => {
    const home = newHome();
    const env = environment(home);
    const total = withAgents(home);
    const program = await started(env);
    const reports = async (): Promise<string[]> => {
      const kinds = ['daily', 'weekly', 'monthly', 'session', 'blocks'];
      const ended = [];
      for (const kind of kinds) ended.push(await run(env, 'report', kind, '--json'));
      expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        kinds.map(() => ({ code: 0, stderr: '' })),
      );
      return ended.map(({ stdout }) => stdout);
    };
    const live = await reports();
    expect((JSON.parse(live[0]!) as { totals: { totalTokens: number } }).totals.totalTokens).toBe(total);
    await program.end('SIGKILL');
    expect(await reports()).toEqual(live);
    const again = await started(env);
    expect(await again.query(TOTAL)).toBe(String(total));
    expect(await reports()).toEqual(live);
  });
});

describe('prices', () => {
  it('change the costs of the past at once when overridden, and unpriced models are listed', async () => {
    const home = newHome();
    const env = environment(home);
    mkdirSync(join(home, '.claude/projects/-src'), { recursive: true });
    const lines =
      claudeLine('msg_1', 1000, '2026-01-15T10:00:00Z') +
      claudeLine('msg_2', 10, '2026-01-15T11:00:00Z').replace('claude-sonnet-4-5', 'house-model');
    writeFileSync(join(home, '.claude/projects/-src/s.jsonl'), lines);
    expect((await run(env, 'start', '--once')).code).toBe(0);
    const daily = async (...args: string[]) => {
      const { stdout } = await run(env, ...args, 'report', 'daily', '--json');
      return (JSON.parse(stdout) as { totals: { totalCost: number; unpricedModels?: string[] } }).totals;
    };
    expect(await daily()).toMatchObject({ totalCost: 0.0153, unpricedModels: ['house-model'] });
    const config = join(home, 'tallyd.yaml');
    writeFileSync(
      config,
      'prices:\n  - { model: claude-sonnet-4-5, input: 1, output: 1 }\n  - { model: house-model, input: 10, output: 100 }\n',
    );
    const totals = await daily('--config', config);
    expect(totals.totalCost).toBe(0.0031);
    expect(totals.unpricedModels ?? []).toEqual([]);
  });
});
