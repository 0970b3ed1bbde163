/** How a session of Claude Code goes on, line by line. */
import type { Strikes } from './claude-code-hazards.ts';
import type { Noise } from './claude-code-noise.ts';
import { damage, housekeepingEntry, questionEntry, talk } from './claude-code-noise.ts';
import { assistantRecord, progressRecord } from './claude-code-records.ts';
import type { Draw, Response, SessionContext } from './claude-code-response.ts';
import { drawError, drawResponse, mayRepeat, responseTime } from './claude-code-response.ts';
import type { ClaudeEvent } from './claude-code-truth.ts';
import { eventsOf } from './claude-code-truth.ts';
import { MINUTE, SECOND } from './clock.ts';
import type { Entry } from './jsonl.ts';
import type { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';

/** A line, the events for which it is the copy that counts, and whether a resumed session may repeat it. */
export interface Tracked {
  entry: Entry;
  wins: ClaudeEvent[];
  copyable: boolean;
}

export interface SessionSetting {
  prng: Prng;
  strikes: Strikes;
  context: SessionContext;
  models: WeightedModels;
  start: number;
  /** No line is later. */
  until: number;
}

/** Writes lines as time passes. The main thread is `lines`; sub-agents have files of their own. */
export class Session {
  readonly lines: Tracked[] = [];
  readonly subagents = new Map<string, Tracked[]>();
  readonly events: ClaudeEvent[] = [];
  context: SessionContext;
  clock: number;
  readonly #setting: SessionSetting;
  #turn = 0;

  constructor(setting: SessionSetting, history: readonly Tracked[] = []) {
    this.#setting = setting;
    this.context = setting.context;
    this.clock = setting.start;
    this.lines.push(...history);
  }

  get over(): boolean {
    return this.clock + 10 * MINUTE >= this.#setting.until;
  }

  get noise(): Noise {
    return { prng: this.#setting.prng, strikes: this.#setting.strikes, context: this.context };
  }

  /** A question, the answer, and what happens to happen around them. */
  turn(): void {
    const { prng, strikes, until } = this.#setting;
    this.#pass(prng.magnitude(4, 150));
    if (prng.chance(0.05)) this.#put(this.lines, housekeepingEntry(this.noise, this.clock));
    this.#put(this.lines, questionEntry(this.noise, this.clock));
    for (const entry of damage(this.noise, this.clock, until)) this.#put(this.lines, entry, false);
    this.#pass(prng.int(2, 20));
    const response = this.#answer(this.lines, '');
    if (strikes('sideReplays', 0.1)) this.#replay(response);
    if (strikes('apiErrors', 0.04)) this.#fail(false);
    if (strikes('usageLimits', 0.015)) this.#fail(true);
    if (strikes('subagents', 0.05)) this.#subagent(prng.int(1, 5));
    if (strikes('progressLines', 0.05)) this.#progress(prng.int(1, 4));
    if (strikes('gluedLines', 0.05)) this.#glue();
    this.#turn++;
  }

  #pass(seconds: number): void {
    this.clock += seconds * SECOND + this.#setting.prng.int(0, 999);
  }

  #put(file: Tracked[], entry: Entry, copyable = true, wins: ClaudeEvent[] = []): void {
    file.push({ entry, copyable, wins });
  }

  #draw(subagent: string): Draw {
    const { prng, strikes, models } = this.#setting;
    return { prng, strikes, models, context: this.context, turn: this.#turn, subagent };
  }

  /** A response in one or several lines of one file. */
  #answer(file: Tracked[], subagent: string): Response {
    const response = this.#respond(subagent);
    const events = eventsOf(response);
    this.events.push(...events);
    this.#write(file, response, events, assistantRecord);
    return response;
  }

  #respond(subagent: string): Response {
    const response = drawResponse(this.#draw(subagent), this.clock, this.#setting.until);
    this.clock = Math.max(this.clock, (response.parts[response.parts.length - 1] as { ts: number }).ts);
    return response;
  }

  #write(file: Tracked[], response: Response, events: ClaudeEvent[], record: typeof assistantRecord): void {
    const text = talk(this.noise);
    const counts = responseTime(response);
    for (const part of response.parts) {
      const best = part.output === response.tokens.output && part.ts === counts;
      const written = record(response, part, this.#setting.prng, text);
      const entry: Entry = { kind: 'record', record: written, usage: true, spaced: response.style.spaced };
      this.#put(file, entry, mayRepeat(response), best ? events : []);
    }
  }

  /** `/btw` writes the response again beside the main thread; the main thread's copy counts. */
  #replay(original: Response): void {
    const { prng } = this.#setting;
    if (!original.messageId?.startsWith('msg_') || original.requestId === undefined) return;
    const output = prng.chance(0.5) ? original.tokens.output * 2 + 5 : Math.ceil(original.tokens.output / 2);
    const copy: Response = {
      ...original,
      requestId: `req_011C${prng.base62(20)}`,
      subagent: `aside_${prng.hex(7)}`,
      tokens: { ...original.tokens, input: original.tokens.input + prng.int(0, 500), output },
      parts: [{ ts: responseTime(original) + prng.pick([-400, 0, 9000]), output }],
      advisors: [],
      style: { ...original.style, timestamp: 'utc', iterations: false },
    };
    const apart = prng.chance(0.5);
    this.#write(apart ? this.#file(copy.subagent) : this.lines, copy, [], assistantRecord);
    this.#pass(10);
  }

  #file(subagent: string): Tracked[] {
    const file = this.subagents.get(subagent) ?? [];
    this.subagents.set(subagent, file);
    return file;
  }

  #fail(limit: boolean): void {
    this.#pass(2);
    const error = drawError(this.#draw(''), this.clock, limit);
    const events = eventsOf(error);
    this.events.push(...events);
    this.#write(this.lines, error, events, assistantRecord);
  }

  #subagent(responses: number): void {
    const id = `a${this.#setting.prng.hex(7)}`;
    const file = this.#file(id);
    for (let left = responses; left > 0; left--) {
      this.#pass(this.#setting.prng.int(2, 12));
      this.#put(file, questionEntry(this.noise, this.clock, id));
      this.#pass(2);
      this.#answer(file, id);
    }
  }

  /** A sub-agent whose responses stand in the caller's log, and sometimes in its own file as well. */
  #progress(responses: number): void {
    const id = `a${this.#setting.prng.hex(7)}`;
    const both = this.#setting.prng.chance(0.4);
    for (let left = responses; left > 0; left--) {
      this.#pass(this.#setting.prng.int(2, 12));
      const response = this.#respond(id);
      const events = eventsOf(response);
      this.events.push(...events);
      this.#write(this.lines, response, events, progressRecord);
      if (both && mayRepeat(response)) this.#write(this.#file(id), response, events, assistantRecord);
    }
  }

  /** Two lines become one: any record and the response after it, each whole. */
  #glue(): void {
    const { prng } = this.#setting;
    const first = prng.chance(0.5) ? questionEntry(this.noise, this.clock) : undefined;
    this.#pass(3);
    if (first) this.#put(this.lines, first);
    else this.#whole();
    const before = this.lines[this.lines.length - 1]?.entry;
    if (before?.kind === 'record') before.glued = true;
    this.#pass(3);
    this.#whole();
  }

  /** A response in a single line. */
  #whole(): void {
    const calm: Draw = { ...this.#draw(''), strikes: () => false };
    const response = drawResponse(calm, this.clock, this.#setting.until);
    const events = eventsOf(response);
    this.events.push(...events);
    this.#write(this.lines, response, events, assistantRecord);
  }
}

/** What a resumed session's file begins with: the lines before, under the new session's id. */
export function historyFor(sessionId: string, lines: readonly Tracked[]): Tracked[] {
  return lines
    .filter(({ entry, copyable }) => copyable && entry.kind === 'record')
    .map(({ entry, wins }) => {
      for (const event of wins) event.sessionIds.push(sessionId);
      const record = { ...(entry as { record: object }).record };
      if ('sessionId' in record) record.sessionId = sessionId;
      return { entry: { ...entry, record, glued: false } as Entry, wins, copyable: true };
    });
}
