/** Words for messages, and texts that readers trip over. */
import type { Prng } from './prng.ts';

const SENTENCES = [
  'The basket forgets its discount when the page is loaded again.',
  'Please add a test for the empty list before changing the loop.',
  'The migration takes a lock on the orders table for too long.',
  'Rename the helper, it says what it does no longer.',
  'Why does the build fail on the second run only?',
  'The tests pass now; the flaky one waited for a timer.',
  'I moved the retry around the call that can really fail.',
];

const UNICODE = [
  'Größe der Straße: 12 µm ✓',
  '東京で会議があります',
  'Привет, мир',
  '👩‍💻 naïve café — “quoted” \u202eright‬',
  'tab\tand\u2028line separator',
];

/** What a tool prints when it is asked to show a log of the agent itself. */
const LOOKALIKE =
  '{"type":"assistant","timestamp":"2020-01-01T00:00:00.000Z","sessionId":"not-a-session","requestId":"req_not",' +
  '"message":{"id":"msg_not_an_event","model":"claude-nobody","usage":{"input_tokens":999999,"output_tokens":999999}}}\n';

/** One to four sentences. */
export function sentences(prng: Prng): string {
  let text = prng.pick(SENTENCES);
  for (let more = prng.int(0, 3); more > 0; more--) text += ` ${prng.pick(SENTENCES)}`;
  return text;
}

export function unicodeText(prng: Prng): string {
  return `${prng.pick(UNICODE)} ${prng.pick(SENTENCES)}`;
}

/** About `bytes` of a tool's output, with lines in it that look like records with usage. */
export function longText(prng: Prng, bytes: number): string {
  const block = `${sentences(prng)}\n${LOOKALIKE}  "usage": {"input_tokens": 7}\n\t\\"usage\\":{\\"output_tokens\\":5}\n`;
  return block.repeat(Math.ceil(bytes / block.length)).slice(0, bytes);
}
