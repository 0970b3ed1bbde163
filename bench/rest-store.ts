/** `rest-store.js STORE`: what ten minutes without new data do to a store: its months are merged into one part each. */
import { openEmbedded } from '../collector/store/embedded.ts';

const [path = ''] = process.argv.slice(2);
const engine = await openEmbedded({ path, poolThreads: 12, maxThreads: 2 });
for (const table of ['usage_events', 'usage_hourly_rows', 'usage_by_session_rows'])
  await engine.command(`OPTIMIZE TABLE tallyd.${table} FINAL SETTINGS optimize_skip_merged_partitions = 1`);
await engine.close();
