/** Waits as long as a collector asks for that has no room just now, and tries again. */
import { setTimeout } from 'node:timers/promises';

/** What one file may wait in all. Who is told to wait for longer does better to come back by hand. */
const MOST_SECONDS = 600;

/** An answer, as far as it says whether to try again. */
export interface Refusal {
  status: number;
  /** Seconds from now, as the collector sends it. */
  retryAfter: string | undefined;
  /** The sentence why. */
  detail: string | undefined;
  /** Whether something of the file is kept, which goes on without being sent again. */
  isKept: boolean;
}

/**
 * Repeats what is refused for now (429, 503) after the time that the answer tells, and says so.
 *
 * @returns the answer that is another, or the last one when the waits would take too long
 */
export async function patiently<Answer extends Refusal>(
  title: string,
  attempt: () => Promise<Answer>,
  { say, wait }: { say: (line: string) => void; wait: (seconds: number) => Promise<unknown> } = {
    say: (line) => void process.stderr.write(`${line}\n`),
    wait: (seconds) => setTimeout(seconds * 1000),
  },
): Promise<Answer> {
  for (let waited = 0; ;) {
    const answer = await attempt();
    const seconds = secondsToWait(answer);
    if (seconds === undefined || waited + seconds > MOST_SECONDS) return answer;
    say(
      `${title}: ${answer.detail ?? `the collector answered ${answer.status}`} Trying again in ${seconds} s.`,
    );
    await wait(seconds);
    waited += seconds;
  }
}

function secondsToWait({ status, retryAfter, isKept }: Refusal): number | undefined {
  if ((status !== 429 && status !== 503) || isKept || !/^\d+$/.test(retryAfter ?? '')) return undefined;
  return Math.max(1, Number(retryAfter));
}
