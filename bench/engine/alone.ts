/**
 * The engine alone, as a process of its own: `engine-alone.js WORK STORE INPUT`. Reads the input into an
 * empty store and prints the sums by day and model, which is what the work is compared by.
 */
import { availableParallelism } from 'node:os';
import { readClaudeCode } from './claude-code.ts';
import { createEvents, dailySums } from './events-table.ts';
import { openSession, type Session } from './session.ts';

const WORKS: Record<string, (session: Session, input: string) => Promise<void>> = {
  'claude-code': readClaudeCode,
};

const [work = '', store = '', input = ''] = process.argv.slice(2);
const read = WORKS[work];
if (!read) throw new Error(`the engine alone knows ${Object.keys(WORKS).join(', ')}, not ${work}`);
const session = await openSession(store, availableParallelism());
await createEvents(session);
await read(session, input);
process.stdout.write(`${JSON.stringify(await dailySums(session))}\n`);
await session.close();
