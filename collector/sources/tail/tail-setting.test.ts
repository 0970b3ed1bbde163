import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../formats/claude-code/recognise.ts';
import { parseTailSetting } from './tail-setting.ts';

const context = { formats: [claudeCode], env: { LOGS: '/var/logs' }, home: '/home/me', cwd: '/here' };

describe('TALLYD_TAIL', () => {
  it('is auto, none or a list', () => {
    expect(parseTailSetting(' auto ', context)).toBe('auto');
    expect(parseTailSetting('none', context)).toBe('none');
    expect(parseTailSetting('', context)).toBe('auto');
    expect(
      parseTailSetting('claude-code=~/a/**/*.{jsonl,json}, auto=exports ,auto=${LOGS}/x=y', context),
    ).toEqual([
      { format: claudeCode, path: '/home/me/a/**/*.{jsonl,json}', dataset: '/home/me/a/**/*.{jsonl,json}' },
      { format: 'auto', path: '/here/exports', dataset: '/here/exports' },
      { format: 'auto', path: '/var/logs/x=y', dataset: '/var/logs/x=y' },
    ]);
  });

  it.each([
    ['claude=/x', 'there is no format "claude". Formats are auto, claude-code.'],
    ['/some/folder', '"/some/folder" is not auto, none or format=path.'],
    ['auto=', '"auto=" is not auto'],
    ['auto=/x,claude-code=/x', 'names /x twice'],
  ])('%s is refused with a sentence', (text, sentence) => {
    expect(() => parseTailSetting(text, context)).toThrow(sentence);
  });
});
