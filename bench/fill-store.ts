/** `fill-store.js STORE EVENTS UNTIL`: fills an empty store, as a process of its own. */
import { openTestStore } from '../tests/support/store.ts';
import { fillUsage, usagePrices } from '../tests/support/usage.ts';
import { DAYS } from './data/filled-store.ts';

const [path = '', events = '', until = ''] = process.argv.slice(2);
const store = await openTestStore(path, { prices: usagePrices });
await fillUsage(store, { events: Number(events), days: DAYS, until: new Date(Number(until)) });
await store.close();
