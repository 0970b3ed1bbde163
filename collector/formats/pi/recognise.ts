/** Sessions of the coding agent pi: JSON lines, a header and then the entries of a tree. */
import type { Format, Sample } from '../format.ts';
import { firstObjects, linesWith, objectAt } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

/** Lines that may matter: usage, and what names the session and the model. */
export const PI_LINES = linesWith('"usage"', '"session"', '"model_change"', '"model-snapshot"');

export const pi: Format = {
  name: 'pi',
  title: 'pi session',
  layout: 'lines',
  unit: 'file',
  recognise: (sample) => ({ is: isPiSession(sample) && !isOpenClaw(sample) ? 'this' : 'other' }),
  lineFilter: PI_LINES,
  readSql: piSql('pi'),
  about: {
    getIt: 'pi leaves them in ~/.pi/agent/sessions, where tallyd follows them.',
    example:
      '{"type":"message","id":"a1b2c3d4","timestamp":"2026-01-01T10:00:05.000Z","message":{"role":"assistant","provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input":12,"output":300,"cacheRead":5000,"cacheWrite":800,"totalTokens":6112,"cost":{"total":0.0091}},"stopReason":"stop"}}',
  },
  agent: {
    variable: 'PI_AGENT_DIR',
    roots: ['~/.pi/agent'],
    folders: ['sessions'],
    endings: ['.jsonl'],
  },
};

/** The SQL that reads a session, for an agent that is built on pi. */
export function piSql(source: 'pi' | 'openclaw'): string {
  return loadSql('pi', 'read.sql').replaceAll('{{source}}', `'${source}'`);
}

/** Whether the file begins as a session of pi or of an agent that is built on it. */
export function isPiSession(sample: Sample): boolean {
  return firstObjects(sample.head).some(
    (object) =>
      (object['type'] === 'session' && typeof object['id'] === 'string' && 'cwd' in object) ||
      (object['type'] === 'model_change' && typeof object['modelId'] === 'string') ||
      (object['type'] === 'message' && 'cacheRead' in (objectAt(object, 'message', 'usage') ?? {})),
  );
}

/** OpenClaw writes which model it begins with as an entry of its own, and keeps its files at home. */
export function isOpenClaw(sample: Sample): boolean {
  if (/\/\.(openclaw|clawdbot|moltbot|moldbot)\//.test(sample.path)) return true;
  return firstObjects(sample.head).some(
    (object) =>
      object['type'] === 'custom' && /^(model-snapshot$|openclaw)/.test(String(object['customType'])),
  );
}
