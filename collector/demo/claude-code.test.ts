import { describe, expect, it } from 'vitest';
import type { ClaudeCodeOptions, ClaudeHazard } from './claude-code.ts';
import { CLAUDE_HAZARDS, generateClaudeCode, perDayModel } from './claude-code.ts';
import { readNaively } from './naive-claude-reader.ts';
import { Prng } from './prng.ts';
import { shuffledLines } from './shuffle.ts';

const span = { from: Date.UTC(2025, 10, 20), until: Date.UTC(2026, 1, 3) };
const wild: ClaudeCodeOptions = { seed: 'wild', sessions: 60, ...span, hazards: true };

function expectTruth(options: ClaudeCodeOptions, shuffle?: Prng): void {
  const corpus = generateClaudeCode(options);
  const { truth } = corpus;
  const files = [...corpus.files()];
  const brought = shuffle
    ? shuffle.shuffled(files).map((file) => ({ ...file, content: shuffledLines(shuffle, file.content) }))
    : files;
  const read = readNaively(brought);
  expect(read.usageRecords).toBe(truth.counts.usageRecords);
  expect(new Set(read.events.keys())).toEqual(new Set(truth.events.map(({ identity }) => identity)));
  // as texts: a matcher's look at thousands of objects takes longer than all the rest
  const wrong = truth.events.filter((event) => {
    const { ts, model, project, status, tokens, sessionId } = read.events.get(event.identity)!;
    const counts = [event.input, event.cacheWrite5m, event.cacheWrite1h, event.cacheRead, event.output];
    return (
      JSON.stringify([ts, model, project, status, tokens]) !==
        JSON.stringify([event.ts, event.model, event.project, event.status, counts]) ||
      !event.sessionIds.includes(sessionId)
    );
  });
  expect(wrong.map((event) => ({ event, read: read.events.get(event.identity) }))).toEqual([]);
  if (!shuffle) expect(read.malformed).toEqual(truth.malformed.map(({ path, line }) => `${path}:${line}`));
}

describe('claude code logs', () => {
  it('are the same for the same seed and others for another', () => {
    const first = [...generateClaudeCode(wild).files()];
    expect([...generateClaudeCode(wild).files()]).toEqual(first);
    expect([...generateClaudeCode({ ...wild, seed: 'other' }).files()]).not.toEqual(first);
  });

  it('hold what a naive reader of all hazards finds', () => {
    for (const seed of [1, 2, 3]) expectTruth({ ...wild, seed });
  });

  it('hold the same in whatever order lines and files come', () => {
    expectTruth(wild, new Prng('order'));
  });

  it.each(CLAUDE_HAZARDS)(
    'keep their truth with the hazard %s alone, which leaves its mark',
    (hazard: ClaudeHazard) => {
      const calm = { ...wild, seed: 'calm', sessions: 40, hazards: false };
      const struck = {
        ...calm,
        hazards: { [hazard]: true, ...(hazard === 'boundaryCrossings' && { streamedParts: true }) },
      };
      expectTruth(struck);
      const without = { ...calm, hazards: hazard === 'boundaryCrossings' ? { streamedParts: true } : false };
      expect([...generateClaudeCode(struck).files()]).not.toEqual([...generateClaudeCode(without).files()]);
    },
  );

  it('have one true event per identity and no time after the end', () => {
    const { events } = generateClaudeCode(wild).truth;
    expect(new Set(events.map(({ identity }) => identity)).size).toBe(events.length);
    for (const { ts } of events) expect(ts >= span.from && ts < span.until).toBe(true);
  });

  it('give unique paths and count what the files hold', () => {
    const corpus = generateClaudeCode(wild);
    const files = [...corpus.files()];
    const { counts } = corpus.truth;
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    expect(counts.files).toBe(files.length);
    expect(counts.lines).toBe(files.reduce((sum, { content }) => sum + content.split('\n').length - 1, 0));
    const open = files.filter(({ content }) => !content.endsWith('\n')).length;
    expect(counts.unfinishedTails + counts.unterminatedFiles).toBe(open);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  });

  it('stop at the wanted number of entries', () => {
    const corpus = generateClaudeCode({ seed: 1, entries: 500, ...span });
    expect(corpus.truth.events).toHaveLength(500);
    expect(corpus.truth.counts.usageRecords).toBe(500);
  });
});

describe('hazards', () => {
  const corpus = generateClaudeCode({ ...wild, sessions: 150 });
  const text = [...corpus.files()].map(({ content }) => content).join('');
  const { events } = corpus.truth;

  it.each([
    ['spaced JSON', '"usage": {'],
    ['null side chain', '"isSidechain":null'],
    ['null cost', '"costUSD":null'],
    ['empty iterations', '"iterations":[]'],
    ['an advisor', '"advisor_message","model":"claude'],
    ['a synthetic model', '"model":"<synthetic>"'],
    ['a usage limit', 'Claude AI usage limit reached|'],
    ['progress', '"type":"progress"'],
    ['an offset', '+02:00"'],
    ['no fraction', /"timestamp":"[\d-]+T\d\d:\d\d:\d\dZ"/],
    ['Bedrock', 'msg_bdrk_'],
    ['glued', '}{"parentUuid"'],
    ['CRLF', '}\r\n'],
    ['escaped look-alikes', '\\"usage\\":{'],
    ['a placeholder', '"output_tokens":1,'],
    ['tool usage', '"toolUseResult":{'],
  ])('leave %s in the text', (_name, sign) => {
    expect(text).toMatch(typeof sign === 'string' ? new RegExp(sign.replace(/[^\w\s]/g, '\\$&')) : sign);
  });

  it.each(['hour', 'day', 'month'] as const)('part the lines of a response at the end of a %s', (unit) => {
    const length = { hour: 13, day: 10, month: 7 }[unit];
    const seen = new Map<string, Set<string>>();
    for (const [, id, ts] of text.matchAll(/"id":"(msg_\w+)".{0,1500}"timestamp":"([^"]+)Z"/g)) {
      seen.set(id as string, (seen.get(id as string) ?? new Set()).add((ts as string).slice(0, length)));
    }
    expect([...seen.values()].some((parts) => parts.size > 1)).toBe(true);
  });

  it('are told by the events where they matter', () => {
    expect(events.some(({ sessionIds }) => sessionIds.length > 1)).toBe(true);
    expect(events.some(({ glued }) => glued)).toBe(true);
    expect(events.some(({ unterminated }) => unterminated)).toBe(true);
    expect(events.some(({ limitResetsAt }) => limitResetsAt)).toBe(true);
    expect(events.some(({ model }) => model === 'claude-experimental-x')).toBe(true);
    expect(events.some(({ speed }) => speed === 'fast')).toBe(true);
    expect(events.some(({ serviceTier }) => serviceTier === 'batch')).toBe(true);
    expect(events.some(({ subagent }) => subagent !== '')).toBe(true);
    expect(events.some(({ costUsd }) => costUsd !== undefined)).toBe(true);
  });
});

describe('perDayModel', () => {
  it('adds up to the events and follows the time zone', () => {
    const { truth } = generateClaudeCode(wild);
    const output = truth.events.reduce((sum, event) => sum + event.output, 0);
    for (const timezone of ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles']) {
      const cells = perDayModel(truth, timezone);
      expect(cells.reduce((sum, cell) => sum + cell.output, 0)).toBe(output);
      expect(cells.reduce((sum, cell) => sum + cell.events, 0)).toBe(truth.events.length);
    }
    expect(perDayModel(truth, 'UTC')).not.toEqual(perDayModel(truth, 'America/Los_Angeles'));
    const night = { ...(truth.events[0] as (typeof truth.events)[0]), ts: Date.UTC(2026, 0, 1, 2) };
    expect(perDayModel({ events: [night] }, 'America/New_York')[0]?.day).toBe('2025-12-31');
  });
});
