/** `engine-open.js STORE`: opens a store with the engine alone, and says so when it answers. */
import { availableParallelism } from 'node:os';
import { openSession } from './session.ts';

const session = await openSession(process.argv[2]!, availableParallelism());
const [row] = await session.rows<{ events: string }>('SELECT count() AS events FROM tallyd.usage_events');
process.stdout.write(`open: ${row!.events}.\n`);
await session.close();
