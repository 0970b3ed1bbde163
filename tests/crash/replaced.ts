/** A dataset that is replaced again and again: which states a reader may see, and which never. */
import type { Prng } from '../../collector/demo/prng.ts';
import type { Collector } from './collector.ts';
import { jsonLine } from './rows.ts';
import { keyOf } from './truth.ts';

interface Shown {
  session: string;
  events: number;
  output: number;
  hours: number;
}

export class ReplacedDataset {
  readonly #prng: Prng;
  /** Records of every state. */
  readonly size = 40;
  /** The last state that was sent, from 1. */
  sent = 0;
  #least = 0;
  /** Times that readers looked. */
  looks = 0;
  /** What readers should never have seen. */
  readonly strange: string[] = [];

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** The next state: some responses are those of the state before, in another session. */
  next(): string {
    return this.#rowsOf(++this.sent)
      .map((row) => `${jsonLine(row, `msg_state${row.nth}`, `state-${this.sent}`)}\n`)
      .join('');
  }

  /** Somebody was told that it is stored. */
  shownAtLeast(state: number): void {
    this.#least = Math.max(this.#least, state);
  }

  /** Keys of the events of the last state. */
  get events(): string[] {
    return this.#rowsOf(this.sent).map(({ nth, input, output }) =>
      keyOf({
        ...{ source: 'claude-code', dataset: 'replaced', model: 'claude-sonnet-4-5', project: '/src/up' },
        ...{ ts: Date.UTC(2026, 1, 1) + nth * 97_000, input, output },
      }),
    );
  }

  /** Looks as a reader: whole states only, and never one from before. */
  async look(collector: Collector): Promise<void> {
    const sent = this.sent;
    const least = this.#least;
    const rows = await collector.rows<Shown>(
      "SELECT session_id AS session, count() AS events, toUInt32(sum(output_tokens)) AS output, 0 AS hours FROM tallyd.usage WHERE dataset = 'replaced' GROUP BY session " +
        "UNION ALL SELECT '', toUInt32(sum(events)), toUInt32(sum(output_tokens)), 1 FROM tallyd.usage_hourly WHERE dataset = 'replaced'",
    );
    this.looks++;
    const [shown, ...more] = rows.filter(({ hours }) => hours === 0);
    const hourly = rows.find(({ hours }) => hours === 1);
    const state = Number(shown?.session.replace('state-', '') ?? 0);
    const events = state === 0 ? 0 : this.size;
    const wrong =
      more.length > 0 ||
      (shown?.events ?? 0) !== events ||
      (shown?.output ?? 0) !== events * state ||
      (hourly?.events ?? 0) !== events ||
      (hourly?.output ?? 0) !== events * state ||
      state < least ||
      // one may be sent while the question is answered
      state > Math.max(sent, this.sent);
    if (wrong)
      this.strange.push(`states ${least} to ${sent} were possible, and a reader saw ${JSON.stringify(rows)}`);
    else this.shownAtLeast(state);
  }

  #rowsOf(state: number): { nth: number; input: number; output: number }[] {
    const step = 1 + (this.#prng.fork(state).word() % 30);
    return Array.from({ length: this.size }, (_, i) => ({
      nth: state * step + i * 7,
      input: 11,
      output: state,
    }));
  }
}
