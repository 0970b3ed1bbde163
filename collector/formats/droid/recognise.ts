/** Droid's settings of a session, which hold the running totals of its tokens. */
import type { Format, Recognition, Sample } from '../format.ts';
import { asObject, beginningOf } from '../json-document.ts';
import { loadSql } from '../load-sql.ts';

export const droid: Format = {
  name: 'droid',
  title: 'Droid session',
  layout: 'document',
  unit: 'file',
  recognise,
  readSql: loadSql('droid', 'read.sql'),
  about: {
    getIt: 'Droid (Factory) leaves a SESSION.settings.json for each session below ~/.factory/sessions.',
    example:
      '{"model":"claude-opus-4-5","providerLock":"anthropic","providerLockTimestamp":"2026-03-02T09:00:00.000Z","tokenUsage":{"inputTokens":12,"outputTokens":340,"cacheCreationTokens":900,"cacheReadTokens":20000,"thinkingTokens":0}}',
  },
  agent: {
    variable: 'DROID_SESSIONS_DIR',
    roots: ['~/.factory/sessions'],
    folders: [''],
    endings: ['.settings.json'],
  },
};

function recognise({ head }: Sample): Recognition {
  const settings = asObject(beginningOf(head));
  const usage = asObject(settings['tokenUsage']);
  if (!('tokenUsage' in settings)) return { is: 'other' };
  if (!('inputTokens' in usage || 'outputTokens' in usage || 'totalTokens' in usage)) return { is: 'other' };
  if ('providerLock' in settings || 'providerLockTimestamp' in settings || 'model' in settings)
    return { is: 'this' };
  return {
    is: 'near',
    difference: 'it has neither a "model" nor a "providerLock" beside its "tokenUsage"',
    score: 0.5,
  };
}
