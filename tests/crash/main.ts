/** `npm run test:crash -- --kills 300 --seed x --minutes 60`: ends with 1 when anything was lost or doubled. */
import { parseArgs } from 'node:util';
import { crash, isClean, summary } from './harness.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now()) },
    minutes: { type: 'string', default: '120' },
    'kills-per-store': { type: 'string', default: '40' },
    sessions: { type: 'string', default: '20' },
  },
});

const numberOf = (name: 'kills' | 'minutes' | 'kills-per-store' | 'sessions'): number => {
  const number = Number(values[name]);
  if (!(number > 0))
    throw new Error(`--${name} must be a number above 0, not ${JSON.stringify(values[name])}`);
  return number;
};

const { seed } = values;
console.log(`seed ${seed}`);
const counts = await crash({
  seed,
  ...{ kills: numberOf('kills'), minutes: numberOf('minutes') },
  ...{ killsPerStore: numberOf('kills-per-store'), sessions: numberOf('sessions') },
  say: (line) => console.log(line),
});
console.log(summary(counts, seed));
if (!isClean(counts)) process.exitCode = 1;
