/** Agents' logs where the agents leave them: the program finds and follows them without being told. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateCopilotCli } from '../collector/demo/copilot-cli.ts';
import { generateCopilotOtel } from '../collector/demo/copilot-otel.ts';
import { generateKimi } from '../collector/demo/kimi.ts';
import { generatePi } from '../collector/demo/pi.ts';
import { generateQwen } from '../collector/demo/qwen.ts';
import { writeCorpus } from './support/corpus.ts';
import { environment, Program, until } from './support/program.ts';
import { temporaryFolder } from './support/store.ts';

const home = temporaryFolder('followed');
afterAll(() => home.remove());

const options = { seed: 'followed', from: Date.UTC(2026, 2, 2), until: Date.UTC(2026, 2, 6), sessions: 2 };
const LOGS = {
  'copilot-cli': { root: '.copilot', logs: generateCopilotCli(options) },
  kimi: { root: '.kimi-code', logs: generateKimi(options) },
  openclaw: { root: 'claw', logs: generatePi({ ...options, agent: 'openclaw' }) },
  pi: { root: '.pi/agent', logs: generatePi({ ...options, seed: 'other' }) },
  qwen: { root: '.qwen', logs: generateQwen(options) },
};

describe('a home with the logs of several agents', () => {
  it('is read and followed as it is, and a variable of an agent says where else to look', async () => {
    const paths = new Map<string, string[]>();
    for (const [name, { root, logs }] of Object.entries(LOGS))
      paths.set(name, writeCorpus(join(home.path, root), logs.files));
    // tells the calls of the session state again, and is not followed
    writeCorpus(join(home.path, '.copilot'), generateCopilotOtel({ ...options, seed: 'unknown' }).files);
    const program = await Program.start(environment(home.path, { OPENCLAW_DIR: join(home.path, 'claw') }));
    try {
      const sources = 'SELECT source, count() FROM tallyd.usage GROUP BY source ORDER BY source';
      const counted = (more = 0) =>
        Object.entries(LOGS)
          .map(([name, { logs }]) => `${name}\t${logs.usage.length + (name === 'qwen' ? more : 0)}`)
          .join('\n');
      expect(await program.query(sources)).toBe(counted());
      const answer = {
        ...{ uuid: 'u-new', sessionId: 's-new', type: 'assistant', timestamp: '2026-03-07T10:00:00.000Z' },
        ...{ model: 'qwen3-coder-plus', usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 } },
      };
      appendFileSync(paths.get('qwen')![0]!, `${JSON.stringify(answer)}\n`);
      await until(async () => (await program.query(sources)) === counted(1));
    } finally {
      await program.end();
    }
  });
});
