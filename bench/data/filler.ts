/** Text as agents' logs are full of: prompts, code, what tools print. Written as JSON writes it. */
import type { Prng } from '../../collector/demo/prng.ts';

const WORDS =
  'the a of to and in is it for that with on as was be by this from are at or an not have has if return const ' +
  'value index file path error test user session token await async function class export import type string ' +
  'number array map filter reduce promise request response server client build deploy cache query table row ' +
  'column schema migration index.ts main.go utils.py config.yaml node_modules src/lib/parser.rs README.md ' +
  'größe naïve café Straße';

/** How long a line of the block is, about. */
const LINE = 64;
const LINES = 20_000;

/** A block of lines from which stretches are cut at line ends, so that no escape is cut in two. */
export class Filler {
  readonly #block: string;
  readonly #starts: number[] = [];

  constructor(prng: Prng) {
    const words = WORDS.split(' ');
    const lines: string[] = [];
    let length = 0;
    for (let line = 0; line < LINES; line++) {
      this.#starts.push(length);
      const text = this.#line(prng, words);
      lines.push(text);
      length += text.length;
    }
    this.#block = lines.join('');
  }

  #line(prng: Prng, words: readonly string[]): string {
    // now and then a tool shows a log of the agent itself
    if (prng.chance(0.002))
      return '{\\"type\\":\\"assistant\\",\\"message\\":{\\"usage\\":{\\"input_tokens\\":999999,\\"output_tokens\\":999999}}}\\n';
    let text = prng.chance(0.3) ? '  ' : '';
    while (text.length < LINE - 12) text += `${prng.pick(words)} `;
    return text + (prng.chance(0.1) ? '\\"quoted\\"\\n' : '\\n');
  }

  /** A text of about so many bytes, at least a line. */
  text(prng: Prng, bytes: number): string {
    const lines = Math.min(LINES - 1, Math.max(1, Math.round(bytes / LINE)));
    const first = prng.int(0, LINES - 1 - lines);
    return this.#block.slice(this.#starts[first], this.#starts[first + lines]);
  }
}
