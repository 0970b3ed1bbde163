/**
 * Agents that write their logs: many files that grow side by side, cut anywhere, and documents that
 * are written anew. Their end is known from the start, so what the store must hold is, too.
 */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateClaudeCode } from '../../collector/demo/claude-code.ts';
import { generateCodex } from '../../collector/demo/codex.ts';
import { generateGeminiCli } from '../../collector/demo/gemini-cli.ts';
import type { Prng } from '../../collector/demo/prng.ts';
import { interleavedGrowth } from '../../collector/demo/shuffle.ts';
import type { GeneratedFile, MalformedLine } from '../../collector/demo/truth.ts';
import { type ExpectedEvent, keyOf } from './truth.ts';

const FROM = Date.UTC(2026, 0, 20);
const UNTIL = Date.UTC(2026, 2, 10);

/** Of each agent. */
export interface AgentsSize {
  sessions: number;
}

type Step = () => void;

export class Agents {
  readonly #folder: string;
  readonly #steps: Step[] = [];
  /** Keys of all events at the end. */
  readonly events: string[] = [];
  /** `source path line` of every line that cannot be read; documents by source alone. */
  readonly rejected: string[] = [];
  /** Of all files that were written. */
  readonly paths = new Set<string>();
  #at = 0;

  constructor(folder: string, prng: Prng, size: AgentsSize) {
    this.#folder = folder;
    const queues = [
      this.#claudeCode(prng.fork('claude-code'), size),
      this.#codex(prng.fork('codex'), size),
      this.#gemini(prng.fork('gemini'), size),
    ];
    // agents write side by side
    const order = prng.shuffled(queues.flatMap((steps, i) => steps.map(() => i)));
    const next = queues.map(() => 0);
    for (const i of order) this.#steps.push(queues[i]![next[i]!++]!);
  }

  /** The setting by which a collector follows them. */
  get tail(): string {
    const names = ['claude-code', 'codex', 'gemini-cli'];
    return names.map((name) => `${name}=${this.#root(name)}`).join(',');
  }

  /** The folder that is followed, by which the dataset is called. */
  #root(agent: string): string {
    return join(this.#folder, agent);
  }

  get isDone(): boolean {
    return this.#at >= this.#steps.length;
  }

  /** How much of it is written, from 0 to 1. */
  get share(): number {
    return this.#at / this.#steps.length;
  }

  step(): void {
    this.#steps[this.#at++]?.();
  }

  /** Writes what is left. */
  finish(): void {
    while (!this.isDone) this.step();
  }

  #claudeCode(prng: Prng, { sessions }: AgentsSize): Step[] {
    const corpus = generateClaudeCode({
      ...{ seed: prng.hex(8), sessions, from: FROM, until: UNTIL, hazards: true },
      turns: [2, 12],
    });
    this.#expect('claude-code', corpus.truth.events, corpus.truth.malformed);
    return this.#growth('claude-code', prng, corpus.files());
  }

  #codex(prng: Prng, { sessions }: AgentsSize): Step[] {
    const corpus = generateCodex({
      ...{ seed: prng.hex(8), sessions: Math.ceil(sessions / 2), from: FROM, until: UNTIL, hazards: true },
      turns: [2, 8],
    });
    this.#expect('codex', corpus.truth.events, corpus.truth.malformed);
    return this.#growth('codex', prng, corpus.files());
  }

  /** Each document is written in part, whole as it was, half as it will be, and whole. */
  #gemini(prng: Prng, { sessions }: AgentsSize): Step[] {
    const { files, earlier, truth, rejected } = generateGeminiCli({
      ...{ seed: prng.hex(8), sessions, from: FROM, variant: 'document' },
    });
    for (const { cacheWrite: _none, sessionId: _id, ...event } of truth)
      this.events.push(keyOf({ ...event, source: 'gemini-cli', dataset: this.#root('gemini-cli') }));
    for (let i = 0; i < rejected; i++) this.rejected.push('gemini-cli');
    const states = files.map(({ path, content }, i): Step[] => {
      const before = earlier[i]!.content;
      const cut = prng.int(1, content.length - 1);
      const inPlace = prng.chance(0.5);
      return [
        () => this.#put(path, before.slice(0, prng.int(1, before.length))),
        () => this.#put(path, before),
        () => inPlace && this.#put(path, content.slice(0, cut)),
        () => (inPlace ? this.#put(path, content) : this.#exchange(path, content)),
      ];
    });
    const order = prng.shuffled(states.flatMap((steps, i) => steps.map(() => i)));
    return order.map((i) => states[i]!.shift()!);
  }

  #put(path: string, content: string): void {
    const target = join(this.#root('gemini-cli'), path);
    this.paths.add(target);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }

  #exchange(path: string, content: string): void {
    const target = join(this.#root('gemini-cli'), path);
    writeFileSync(`${target}.tmp`, content);
    renameSync(`${target}.tmp`, target);
  }

  #growth(agent: string, prng: Prng, files: Iterable<GeneratedFile>): Step[] {
    return interleavedGrowth(prng, files, 12).map(({ path, bytes }) => () => {
      const target = join(this.#root(agent), path);
      this.paths.add(target);
      mkdirSync(dirname(target), { recursive: true });
      appendFileSync(target, bytes);
    });
  }

  #expect(
    source: string,
    events: readonly Omit<ExpectedEvent, 'source' | 'dataset'>[],
    malformed: readonly MalformedLine[],
  ): void {
    for (const event of events) this.events.push(keyOf({ ...event, source, dataset: this.#root(source) }));
    for (const { path, line } of malformed)
      this.rejected.push(`${source} ${join(this.#root(source), path)} ${line}`);
  }
}
