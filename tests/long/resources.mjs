// Loaded into a collector (NODE_OPTIONS=--import): SIGUSR2 makes it write what it holds to RESOURCES_FILE.
import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// NODE_OPTIONS may not say it
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  collect();
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  const { heapUsed, external } = process.memoryUsage();
  const file = process.env.RESOURCES_FILE;
  writeFileSync(`${file}.tmp`, JSON.stringify({ counts, heapUsed, external }));
  renameSync(`${file}.tmp`, file);
});
