/** How a Codex thread goes on, item by item, and what it truly used. */
import type { CodexStrikes } from './codex-hazards.ts';
import type { CodexUsage, Origin, RolloutItem, UsageStyle } from './codex-records.ts';
import * as write from './codex-records.ts';
import { SECOND } from './clock.ts';
import { cutOff } from './jsonl.ts';
import type { Prng } from './prng.ts';
import { longText, sentences, unicodeText } from './text.ts';
import type { WeightedModels } from './tokens.ts';
import type { TrueEvent } from './truth.ts';

/** One request of a thread. */
export interface CodexEvent extends TrueEvent {
  /** Part of `output`. */
  reasoning: number;
  /** `priority`, `fast`, `default`, `standard`, or '' when the thread never said. */
  serviceTier: string;
  /** The thread that this one was forked from or spawned by, '' for others. */
  parentId: string;
  origin: 'fork' | 'subagent' | '';
}

/** A line: an item with its time, and the counter as it stands after it. */
export interface ThreadLine {
  ts: number;
  item: RolloutItem;
  totals: CodexUsage;
  /** Whether a difference to those totals is the next request's usage. */
  continuous: boolean;
  /** The line is damaged: this stands there instead. */
  broken?: string;
}

export interface ThreadSetting {
  prng: Prng;
  strikes: CodexStrikes;
  models: WeightedModels;
  cwd: string;
  start: number;
  until: number;
}

export class Thread {
  readonly id: string;
  readonly lines: ThreadLine[] = [];
  readonly events: CodexEvent[] = [];
  readonly setting: ThreadSetting;
  readonly origin: Origin | undefined;
  clock: number;
  #totals: CodexUsage = write.NO_USAGE;
  #model: string;
  #tier = '';
  #style: UsageStyle;
  /** False after a reset, and beside a total that was not told. */
  #continuous = true;
  /** The last told usage; the same again would change nothing. */
  #told: RolloutItem | undefined;

  constructor(setting: ThreadSetting, origin?: Origin) {
    const { prng, strikes, start, cwd } = setting;
    this.setting = setting;
    this.origin = origin;
    this.id = prng.uuid();
    this.clock = start;
    this.#model = prng.weighted(setting.models);
    this.#style = write.drawUsageStyle(prng, strikes);
    this.#put(write.sessionMeta(this.id, cwd, start, origin));
  }

  get over(): boolean {
    return this.clock + 180 * SECOND >= this.setting.until;
  }

  /** Begins with what another thread said, as if it had all been said now. */
  replay(lines: readonly ThreadLine[]): void {
    for (const line of lines) {
      if (line.broken !== undefined) continue;
      this.clock += this.setting.prng.int(0, 3);
      this.lines.push({ ...line, ts: this.clock });
      this.#totals = line.totals;
      this.#continuous = line.continuous;
    }
    this.clock += this.setting.prng.int(1200, 8000);
  }

  /** A question and the requests it takes. */
  turn(): void {
    const { prng, strikes, cwd, models } = this.setting;
    this.#pass(prng.int(1200, 60_000));
    this.#drawTier();
    if (strikes('modelChanges', 0.2)) this.#model = prng.weighted(models);
    this.#put(write.turnContext(cwd, this.#model, prng, strikes('alternativeNames', 0.3)));
    if (strikes('reEmitted', 0.15)) this.#repeat();
    this.#put(write.message('user', strikes('unicode', 0.2) ? unicodeText(prng) : sentences(prng)));
    if (strikes('emptyInfo', 0.25)) this.#put(write.tokenCount(this.#style));
    for (let requests = prng.int(1, 4); requests > 0; requests--) this.#request();
    if (strikes('counterResets', 0.12)) this.#compact();
    if (strikes('malformedLines', 0.08)) this.#break();
  }

  #pass(milliseconds: number): void {
    this.clock += milliseconds;
  }

  #put(item: RolloutItem): void {
    this.lines.push({ ts: this.clock, item, totals: this.#totals, continuous: this.#continuous });
  }

  /** A child says its own tier before anything else, so that nobody need guess whether it inherits one. */
  #drawTier(): void {
    const { prng, strikes } = this.setting;
    const first = this.events.length === 0;
    if (!strikes('serviceTiers', first ? (this.origin ? 1 : 0.5) : 0.15)) return;
    this.#tier = prng.pick(['priority', 'fast', 'default', 'standard']);
    this.#put(write.serviceTier(this.#tier));
  }

  /** One request, its output and the event that tells its usage, which may be told again. */
  #request(): void {
    const { prng, strikes } = this.setting;
    this.#pass(prng.int(1100, 15_000));
    const long = strikes('longLines', 0.05);
    const text = long ? longText(prng, prng.magnitude(2000, 50_000)) : sentences(prng);
    this.#put(prng.chance(0.4) ? write.toolOutput(prng, text) : write.message('assistant', text));
    this.#pass(prng.int(20, 900));
    const usage = drawUsage(prng);
    this.#totals = write.addUsage(this.#totals, usage);
    this.#tell(usage);
    this.#record(usage);
    if (strikes('reEmitted', 0.25)) this.#repeat();
  }

  #tell(usage: CodexUsage): void {
    const { strikes } = this.setting;
    if (strikes('lastOnly', 0.05)) {
      this.#continuous = false;
      this.#told = undefined;
      this.#put(write.tokenCount(this.#style, undefined, usage));
      return;
    }
    const difference = this.#continuous && strikes('totalsOnly', 0.2);
    this.#continuous = true;
    this.#told = write.tokenCount(this.#style, this.#totals, difference ? undefined : usage);
    this.#put(this.#told);
  }

  #record(usage: CodexUsage): void {
    this.events.push({
      ts: this.clock,
      identity: `${this.id} ${this.clock}`,
      sessionId: this.id,
      model: this.#model,
      project: this.setting.cwd,
      status: 'ok',
      input: usage.input - usage.cached,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      cacheRead: usage.cached,
      output: usage.output,
      reasoning: usage.reasoning,
      serviceTier: this.#tier,
      parentId: this.origin?.parentId ?? '',
      origin: this.origin?.kind ?? '',
    });
  }

  #repeat(): void {
    if (!this.#told) return;
    for (let times = this.setting.prng.int(1, 2); times > 0; times--) {
      this.#pass(this.setting.prng.int(1, 2500));
      this.#put(this.#told);
    }
  }

  /** The conversation is summed up and the counter begins anew. */
  #compact(): void {
    this.#pass(5000);
    this.#totals = write.NO_USAGE;
    this.#continuous = false;
    this.#told = undefined;
    this.#put(write.compacted());
  }

  #break(): void {
    const { prng } = this.setting;
    const item = write.message('assistant', sentences(prng));
    const text = JSON.stringify({ timestamp: new Date(this.clock).toISOString(), ...item });
    const broken = prng.chance(0.7) ? cutOff(prng, text, 10) : '\u0000\u0000\u0000\u0000';
    this.lines.push({ ts: this.clock, item, totals: this.#totals, continuous: this.#continuous, broken });
  }
}

function drawUsage(prng: Prng): CodexUsage {
  const input = prng.magnitude(500, 90_000);
  const output = prng.magnitude(8, 5000);
  const cached = prng.chance(0.8) ? Math.floor((input * prng.int(0, 95)) / 100 / 128) * 128 : 0;
  return { input, cached, output, reasoning: prng.chance(0.7) ? prng.int(0, output) : 0 };
}
