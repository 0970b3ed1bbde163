/**
 * The engine alone, as a process of its own: `engine-alone.js WORK STORE INPUT`. Reads the input into an
 * empty store and prints what the work took beside the sums by day and model, by which it is judged.
 */
import { availableParallelism } from 'node:os';
import type { DayModelSums } from '../data/day-model-sums.ts';
import { readClaudeCode } from './claude-code.ts';
import { readCursorCsv } from './cursor-csv.ts';
import { createEvents, dailySums } from './events-table.ts';
import { openSession, type Session } from './session.ts';

const WORKS: Record<string, (session: Session, input: string) => Promise<void>> = {
  'claude-code': readClaudeCode,
  'cursor-csv': readCursorCsv,
};

/** What is printed, as JSON. */
export interface Alone {
  /** From the statement to the sums, in an engine that is open already. */
  wallMs: number;
  cpuMs: number;
  sums: DayModelSums;
}

const [work = '', store = '', input = ''] = process.argv.slice(2);
const read = WORKS[work];
if (!read) throw new Error(`the engine alone knows ${Object.keys(WORKS).join(', ')}, not ${work}`);
const session = await openSession(store, availableParallelism());
await createEvents(session);
const [begun, before] = [performance.now(), process.cpuUsage()];
await read(session, input);
const sums = await dailySums(session);
const { user, system } = process.cpuUsage(before);
const told: Alone = { wallMs: performance.now() - begun, cpuMs: (user + system) / 1000, sums };
process.stdout.write(`${JSON.stringify(told)}\n`);
await session.close();
