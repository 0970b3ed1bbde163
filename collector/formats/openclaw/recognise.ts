/** OpenClaw's sessions: written by pi's session manager, with the model in entries of their own. */
import type { Format } from '../format.ts';
import { isOpenClaw, isPiSession, PI_LINES, piSql } from '../pi/recognise.ts';

export const openclaw: Format = {
  name: 'openclaw',
  title: 'OpenClaw session',
  layout: 'lines',
  unit: 'file',
  recognise: (sample) => ({ is: isPiSession(sample) && isOpenClaw(sample) ? 'this' : 'other' }),
  lineFilter: PI_LINES,
  readSql: piSql('openclaw'),
  about: {
    getIt:
      'OpenClaw leaves them in ~/.openclaw/agents/AGENT/sessions, where tallyd follows them. Those of deleted and reset sessions (.jsonl.deleted.…) can be pushed with --format openclaw.',
    example:
      '{"type":"custom","customType":"model-snapshot","timestamp":"2026-01-01T10:00:00.000Z","data":{"provider":"openai","modelId":"gpt-5.2"}}',
  },
  agent: {
    variable: 'OPENCLAW_DIR',
    roots: ['~/.openclaw', '~/.clawdbot', '~/.moltbot', '~/.moldbot'],
    folders: ['agents'],
    endings: ['.jsonl'],
  },
};
