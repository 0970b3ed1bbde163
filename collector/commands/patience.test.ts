import { describe, expect, it } from 'vitest';
import { patiently, type Refusal } from './patience.ts';

const busy: Refusal = { status: 503, retryAfter: '10', detail: 'no room now.', isKept: false };
const done: Refusal = { status: 201, retryAfter: undefined, detail: undefined, isKept: true };

async function outcome(answers: Refusal[]) {
  const said: string[] = [];
  const waits: number[] = [];
  let asked = 0;
  const answer = await patiently(
    'a.csv',
    () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)]!),
    {
      say: (line) => said.push(line),
      wait: (seconds) => Promise.resolve(waits.push(seconds)),
    },
  );
  return { answer, said, waits, asked };
}

describe('what is refused for now', () => {
  it('is tried again after the time that was told, which is said', async () => {
    const { answer, said, waits } = await outcome([busy, { ...busy, status: 429, retryAfter: '0' }, done]);
    expect(answer).toBe(done);
    expect(waits).toEqual([10, 1]);
    expect(said[0]).toBe('a.csv: no room now. Trying again in 10 s.');
  });

  it('is given up when the waits come to more than ten minutes', async () => {
    const { answer, waits, asked } = await outcome([busy]);
    expect(answer).toBe(busy);
    expect([waits.length, asked]).toEqual([60, 61]);
    expect((await outcome([{ ...busy, retryAfter: '3600' }])).waits).toEqual([]);
  });

  it.each([
    ['was received, and goes on by itself', { ...busy, isKept: true }],
    ['is refused for good', { ...busy, status: 413 }],
    ['comes without a time', { ...busy, retryAfter: undefined }],
    ['comes with a date, which no collector sends', { ...busy, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }],
  ])('is not sent again where it %s', async (_why, refusal) => {
    expect((await outcome([refusal])).asked).toBe(1);
  });
});
