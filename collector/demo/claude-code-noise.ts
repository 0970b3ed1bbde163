/** Lines of Claude Code logs that carry no event: talk, tools, housekeeping, and damage. */
import type { Strikes } from './claude-code-hazards.ts';
import { assistantRecord, housekeepingRecord, toolResultRecord, userRecord } from './claude-code-records.ts';
import type { SessionContext } from './claude-code-response.ts';
import { drawResponse } from './claude-code-response.ts';
import type { Entry } from './jsonl.ts';
import { cutOff, GARBAGE } from './jsonl.ts';
import type { Prng } from './prng.ts';
import { longText, sentences, unicodeText } from './text.ts';

/** What noise is drawn from. */
export interface Noise {
  prng: Prng;
  strikes: Strikes;
  context: SessionContext;
}

/** Text of an answer or a question. */
export function talk({ prng, strikes }: Noise): string {
  return strikes('unicode', 0.15) ? unicodeText(prng) : sentences(prng);
}

/** The line before a response: a question or a tool's result, now and then a very long one. */
export function questionEntry(noise: Noise, ts: number, subagent = ''): Entry {
  const { prng, strikes, context } = noise;
  const long = strikes('longLines', 0.06);
  const text = long ? longText(prng, prng.magnitude(2000, 50_000)) : talk(noise);
  const usage = strikes('toolResultUsage', 0.05);
  const record =
    usage || long || prng.chance(0.3)
      ? toolResultRecord(context, ts, prng, text, usage)
      : userRecord(context, ts, prng, text, subagent);
  return { kind: 'record', record, usage: false, spaced: strikes('spacedJson', 0.03) };
}

export function housekeepingEntry({ prng }: Noise, ts: number): Entry {
  return { kind: 'record', record: housekeepingRecord(prng, ts), usage: false };
}

/** Damage that strikes between two responses, each kind on its own. */
export function damage(noise: Noise, ts: number, until: number): Entry[] {
  const { prng, strikes } = noise;
  const entries: Entry[] = [];
  if (strikes('emptyLines', 0.04)) entries.push({ kind: 'empty' });
  if (strikes('truncatedLines', 0.03))
    entries.push({ kind: 'malformed', reason: 'json', text: truncated(noise, ts, until) });
  if (strikes('garbageLines', 0.03))
    entries.push({ kind: 'malformed', reason: 'json', text: prng.pick(GARBAGE) });
  if (strikes('badTimestamps', 0.02)) {
    const time = prng.pick(['not-a-time', '', '2026-13-45T25:61:00Z']);
    const record = { ...unwritten(noise, ts, until), timestamp: time };
    entries.push({ kind: 'malformed', reason: 'timestamp', text: JSON.stringify(record) });
  }
  return entries;
}

/** The text of a response that no other line repeats, so its loss is the truth. */
export function unwrittenText(noise: Noise, ts: number, until: number): string {
  return JSON.stringify(unwritten(noise, ts, until));
}

function truncated(noise: Noise, ts: number, until: number): string {
  return cutOff(noise.prng, unwrittenText(noise, ts, until), 20);
}

function unwritten(noise: Noise, ts: number, until: number): object {
  const { prng, context } = noise;
  const models = [['claude-sonnet-4-5-20250929', 1]] as const;
  const draw = { prng, strikes: () => false, context, models, turn: 1, subagent: '' };
  const response = drawResponse(draw, ts, until);
  return assistantRecord(response, response.parts[0] as (typeof response.parts)[0], prng, 'Lost in a crash.');
}
