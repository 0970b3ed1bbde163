/** One session of Claude Code as it lies on the disk: its file and those of its sub-agents. */
import { timestamp } from '../../collector/demo/clock.ts';
import type { Prng } from '../../collector/demo/prng.ts';
import { CLAUDE_MODELS, drawTokens, type Tokens } from '../../collector/demo/tokens.ts';
import type { CorpusFacts, CorpusFile } from './claude-code.ts';
import { addTo } from './day-model-sums.ts';
import type { Filler } from './filler.ts';

export interface Setting {
  prng: Prng;
  filler: Filler;
  project: string;
  /** When it begins, ms. */
  start: number;
  /** Counts and truth are added here. */
  facts: CorpusFacts;
}

/** What the lines of one file begin with. */
interface Thread {
  lines: string[];
  envelope: string;
}

export class Transcript {
  readonly #setting: Setting;
  readonly #sessionId: string;
  readonly #model: string;
  #clock: number;
  #turn = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#sessionId = uuid(setting.prng);
    this.#model = setting.prng.weighted(CLAUDE_MODELS);
    this.#clock = setting.start;
  }

  /** The files; `resumes`: a session's file whose lines this one begins with, as copies. */
  *write(resumes: CorpusFile | undefined): Generator<CorpusFile> {
    const { prng, project, facts } = this.#setting;
    const folder = `projects/${project.replaceAll(/[^A-Za-z0-9]/g, '-')}`;
    const main: Thread = { lines: [], envelope: this.#envelope(false) };
    if (resumes) main.lines.push(...this.#history(resumes));
    const agents: Thread[] = [];
    for (let left = prng.magnitude(4, 92); left > 0; left--) {
      this.#prompt(main);
      this.#respond(main);
      if (prng.chance(0.01)) agents.push(this.#subagent());
      this.#turn++;
    }
    yield this.#file(`${folder}/${this.#sessionId}.jsonl`, main);
    for (const agent of agents) {
      const path = `${folder}/${this.#sessionId}/subagents/agent-${prng.hex(8)}.jsonl`;
      yield this.#file(path, agent);
    }
    facts.entries += main.lines.length + agents.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  #file(path: string, { lines }: Thread): CorpusFile {
    const content = `${lines.join('\n')}\n`;
    this.#setting.facts.bytes += Buffer.byteLength(content);
    return { path, content };
  }

  #envelope(sidechain: boolean): string {
    const { project, prng } = this.#setting;
    const branch = prng.pick(['main', 'main', 'fix/basket', 'feature/prices']);
    return (
      `"isSidechain":${sidechain},"userType":"external","cwd":"${project}","sessionId":"${this.#sessionId}",` +
      `"version":"2.1.${prng.int(0, 30)}","gitBranch":"${branch}",${sidechain ? `"agentId":"${prng.hex(8)}",` : ''}`
    );
  }

  /** Lines of an earlier session under this one's id: no more usage than there was. */
  #history(file: CorpusFile): string[] {
    const lines = file.content.trimEnd().split('\n');
    const kept = lines.slice(0, this.#setting.prng.int(1, lines.length));
    const id = /([^/]+)\.jsonl$/.exec(file.path)![1]!;
    this.#setting.facts.usageEntries += kept.filter((line) => line.includes('"usage":{"')).length;
    return kept.map((line) => line.replace(id, this.#sessionId));
  }

  #put(thread: Thread, ts: number, rest: string): void {
    const { prng } = this.#setting;
    thread.lines.push(
      `{"parentUuid":"${uuid(prng)}",${thread.envelope}${rest},"uuid":"${uuid(prng)}","timestamp":"${timestamp(ts)}"}`,
    );
  }

  /** What a person asks, what a tool gives back, or what the program notes for itself. */
  #prompt(thread: Thread): void {
    const { prng, filler } = this.#setting;
    this.#clock += prng.int(1000, 90_000);
    if (this.#turn === 0 || prng.chance(0.15)) {
      const text = filler.text(prng, prng.magnitude(64, 2000));
      this.#put(thread, this.#clock, `"type":"user","message":{"role":"user","content":"${text}"}`);
    }
    if (prng.chance(0.2))
      this.#put(
        thread,
        this.#clock,
        `"type":"system","subtype":"turn_duration","durationMs":${prng.int(900, 90_000)}`,
      );
    this.#toolResult(thread);
    if (prng.chance(0.3)) this.#toolResult(thread);
  }

  #toolResult(thread: Thread): void {
    const { prng, filler } = this.#setting;
    const text = filler.text(prng, prng.magnitude(64, 7600));
    const id = `toolu_01${prng.hex(22)}`;
    const content = `[{"tool_use_id":"${id}","type":"tool_result","content":"${text}","is_error":false}]`;
    const told = prng.chance(0.3)
      ? `,"toolUseResult":{"stdout":"${text}","stderr":"","interrupted":false}`
      : '';
    this.#put(thread, this.#clock, `"type":"user","message":{"role":"user","content":${content}}${told}`);
  }

  /** A response in one to three lines, of which the last counts when its output is more, else the first. */
  #respond(thread: Thread, sidechain = false): void {
    const { prng, facts } = this.#setting;
    const tokens = drawTokens(prng, this.#turn);
    const id = `msg_01${prng.hex(22)}`;
    const request = `req_011C${prng.hex(20)}`;
    const parts = prng.pick([1, 1, 1, 2, 2, 3]);
    const streamed = parts > 1 && prng.chance(0.4) && tokens.output > 8;
    let counts = 0;
    for (let part = 1; part <= parts; part++) {
      this.#clock += prng.int(300, 4000);
      if (streamed ? part === parts : part === 1) counts = this.#clock;
      const output = streamed && part < parts ? 1 + part : tokens.output;
      this.#assistant(thread, { id, request, tokens, output, last: part === parts });
    }
    facts.events++;
    addTo(facts.truth, timestamp(counts).slice(0, 10), this.#model, {
      ...{ input: tokens.input, output: tokens.output, cacheRead: tokens.cacheRead },
      cacheWrite: tokens.cacheWrite5m + tokens.cacheWrite1h,
    });
    // the same response beside the main thread, as `/btw` writes it: the main thread's copy counts
    if (!sidechain && prng.chance(0.005)) {
      const aside: Thread = { lines: [], envelope: this.#envelope(true) };
      const output = Math.ceil(tokens.output / 2);
      this.#assistant(aside, { id, request: `req_011C${prng.hex(20)}`, tokens, output, last: true });
      thread.lines.push(...aside.lines);
    }
  }

  #assistant(
    thread: Thread,
    response: { id: string; request: string; tokens: Tokens; output: number; last: boolean },
  ): void {
    const { prng, filler, facts } = this.#setting;
    const { id, request, tokens, output, last } = response;
    const text = filler.text(prng, prng.magnitude(64, 3000));
    const content = last
      ? `[{"type":"tool_use","id":"toolu_01${prng.hex(22)}","name":"Bash","input":{"command":"${text}","description":"Look"}}]`
      : `[{"type":"text","text":"${text}"}]`;
    this.#put(
      thread,
      this.#clock,
      `"message":{"id":"${id}","type":"message","role":"assistant","model":"${this.#model}","content":${content},` +
        `"stop_reason":${last ? '"tool_use"' : 'null'},"stop_sequence":null,"usage":{"input_tokens":${tokens.input},` +
        `"cache_creation_input_tokens":${tokens.cacheWrite5m + tokens.cacheWrite1h},"cache_read_input_tokens":${tokens.cacheRead},` +
        `"cache_creation":{"ephemeral_5m_input_tokens":${tokens.cacheWrite5m},"ephemeral_1h_input_tokens":${tokens.cacheWrite1h}},` +
        `"output_tokens":${output},"service_tier":"standard"}},"requestId":"${request}","type":"assistant"`,
    );
    facts.usageEntries++;
  }

  /** Its responses count: they are nobody's copies. */
  #subagent(): Thread {
    const thread: Thread = { lines: [], envelope: this.#envelope(true) };
    for (let left = this.#setting.prng.int(2, 20); left > 0; left--) {
      this.#prompt(thread);
      this.#respond(thread, true);
    }
    return thread;
  }
}

/** `Prng.uuid` draws digit by digit; here are three of them to a line. */
function uuid(prng: Prng): string {
  const word = (): string => prng.word().toString(16).padStart(8, '0');
  const [a, b, c, d] = [word(), word(), word(), word()];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
}
