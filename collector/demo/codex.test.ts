import { describe, expect, it } from 'vitest';
import type { CodexHazard, CodexOptions } from './codex.ts';
import { CODEX_HAZARDS, generateCodex } from './codex.ts';
import type { NaiveTurn } from './naive-codex-reader.ts';
import { cutOff } from './jsonl.ts';
import { readCodexNaively } from './naive-codex-reader.ts';
import { Prng } from './prng.ts';

const span = { from: Date.UTC(2025, 10, 20), until: Date.UTC(2026, 1, 3) };
const wild: CodexOptions = { seed: 'wild', sessions: 60, ...span, hazards: true };

function expectTruth(options: CodexOptions): void {
  const corpus = generateCodex(options);
  const read = readCodexNaively(corpus.files());
  const { events, counts, malformed } = corpus.truth;
  const found = new Map<string, NaiveTurn>(read.map((turn) => [`${turn.sessionId} ${turn.ts}`, turn]));
  expect(read).toHaveLength(events.length);
  for (const event of events) {
    expect(found.get(event.identity), event.identity).toMatchObject({
      model: event.model,
      project: event.project,
      tier: event.serviceTier,
      tokens: [event.input, event.cacheRead, event.output, event.reasoning],
    });
  }
  expect(counts.malformedLines).toBe(malformed.length);
}

/** Hazards that need another to strike at all. */
const NEEDS: Partial<Record<CodexHazard, CodexHazard>> = { missingParents: 'forks' };

describe('codex rollouts', () => {
  it('are the same for the same seed and others for another', () => {
    const first = [...generateCodex(wild).files()];
    expect([...generateCodex(wild).files()]).toEqual(first);
    expect([...generateCodex({ ...wild, seed: 'other' }).files()]).not.toEqual(first);
  });

  it('hold what a naive reader of all hazards finds', () => {
    for (const seed of [1, 2, 3, 4, 5]) expectTruth({ ...wild, seed });
  });

  it.each(CODEX_HAZARDS)('keep their truth with the hazard %s alone', (hazard: CodexHazard) => {
    const needed = NEEDS[hazard];
    const base = needed ? { [needed]: true } : {};
    const calm = { ...wild, seed: 'calm', sessions: 30 };
    expectTruth({ ...calm, hazards: { ...base, [hazard]: true } });
    const struck = [...generateCodex({ ...calm, hazards: { ...base, [hazard]: true } }).files()];
    expect(struck).not.toEqual([...generateCodex({ ...calm, hazards: base }).files()]);
  });

  it('have one true event per identity and no time after the end', () => {
    const { events } = generateCodex(wild).truth;
    expect(new Set(events.map(({ identity }) => identity)).size).toBe(events.length);
    for (const { ts } of events) expect(ts >= span.from && ts < span.until).toBe(true);
  });

  it('name days by the local clock, which is not always the day of the events', () => {
    const days = [...generateCodex({ ...wild, timezone: 'Asia/Tokyo' }).files()].map(({ path, content }) => {
      const [, folder] =
        path.match(/sessions\/(\d{4}\/\d\d\/\d\d)\/rollout-[\dT-]{19}-[\da-f-]{36}\.jsonl$/) ?? [];
      expect(folder).toBeDefined();
      return folder?.replaceAll('/', '-') !== content.slice(14, 24);
    });
    expect(days).toContain(true);
    expect(days).toContain(false);
  });
});

describe('hazards of rollouts', () => {
  const corpus = generateCodex({ ...wild, sessions: 120 });
  const files = [...corpus.files()];
  const text = files.map(({ content }) => content).join('');

  it.each([
    ['"info":null'],
    ['"forked_from_id":"'],
    ['"parent_thread_id":"'],
    ['"type":"compacted"'],
    ['"thread_settings_applied"'],
    ['"model_name":"'],
    ['"metadata":{"model"'],
    ['"prompt_tokens":'],
    ['"output_tokens":"'],
    ['{"last_token_usage"'],
  ])('leave %s in the text', (sign) => expect(text).toContain(sign));

  it('replay within milliseconds, then pause for more than a second', () => {
    const lines = (content: string) => [...content.matchAll(/^\{"timestamp":"([^"]+)","type":"(\w+)"/gm)];
    const forks = files.filter(({ content }) => content.slice(0, 500).includes('"forked_from_id"'));
    const deep = forks.filter(
      ({ content }) => lines(content).filter(([, , type]) => type === 'session_meta').length > 2,
    );
    expect(deep.length).toBeGreaterThan(0);
    for (const { content } of forks) {
      const times = lines(content).map(([, ts]) => Date.parse(ts as string));
      const gaps = times.slice(1).map((ts, index) => ts - (times[index] as number));
      const pause = gaps.findIndex((gap) => gap > 3);
      expect(pause === -1 || (gaps[pause] as number) > 1000).toBe(true);
      expect(pause).not.toBe(0);
    }
  });

  it('let parents be missing', () => {
    const { events } = corpus.truth;
    const known = new Set(events.map(({ sessionId }) => sessionId));
    expect(events.some(({ parentId }) => parentId !== '' && !known.has(parentId))).toBe(true);
  });
});

describe('a line that is cut off', () => {
  it('begins as it was written, and never ends as an object does', () => {
    const text = '{"timestamp":"2026-01-01","payload":{"content":[{"text":"Nothing."}]}}';
    for (let seed = 0; seed < 300; seed++) {
      const cut = cutOff(new Prng(seed), text, 10);
      expect(text.startsWith(cut) && cut.length >= 10 && cut.length < text.length).toBe(true);
      expect(cut.endsWith('}')).toBe(false);
    }
  });
});
