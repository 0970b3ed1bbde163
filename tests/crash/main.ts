/**
 * `npm run test:crash -- --kills 300 --seed x --minutes 60`: ends with 1 when anything was lost or doubled.
 * `npm run test:power`: the same, and with every kill the disk loses its power.
 */
import { parseArgs } from 'node:util';
import { whyNoPower } from './disk.ts';
import { crash, isClean, summary } from './harness.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now()) },
    minutes: { type: 'string', default: '120' },
    'kills-per-store': { type: 'string', default: '40' },
    sessions: { type: 'string', default: '20' },
    power: { type: 'boolean', default: false },
  },
});

const numberOf = (name: 'kills' | 'minutes' | 'kills-per-store' | 'sessions'): number => {
  const number = Number(values[name]);
  if (!(number > 0))
    throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`);
  return number;
};

const { seed, power } = values;
const missing = power ? whyNoPower() : undefined;
if (missing !== undefined) {
  console.log(`No power can be cut here: ${missing}`);
  process.exit(2);
}
console.log(`seed ${seed}`);
const counts = await crash({
  ...{ seed, power },
  ...{ kills: numberOf('kills'), minutes: numberOf('minutes') },
  ...{ killsPerStore: numberOf('kills-per-store'), sessions: numberOf('sessions') },
  say: (line) => console.log(line),
});
console.log(summary(counts, seed));
if (!isClean(counts)) process.exitCode = 1;
