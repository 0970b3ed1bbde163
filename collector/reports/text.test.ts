import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, displayWidth, lastPart, shortModel, shortModels, truncate, wrap } from './text.ts';

describe('text in a terminal', () => {
  it.each([
    ['plain', 5],
    ['größe', 5],
    ['cafe\u0301', 4],
    ['日本語', 6],
    ['한국', 4],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['🤖 x', 4],
    ['✓', 1],
  ])('%s takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is never cut wider than asked, nor within a character', () => {
    expect(truncate('claude-sonnet', 8)).toBe('claude-…');
    expect(truncate('日本語日本語', 6)).toBe('日本…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        const plain = clean(text);
        expect(displayWidth(truncate(plain, width))).toBeLessThanOrEqual(width);
        for (const line of wrap(plain, width)) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cannot move the cursor', () => {
    expect(clean('a\u001b[2Jb\r\nc\u202ed')).toBe('a [2Jb c d');
  });

  it('names models and projects shortly', () => {
    expect(shortModel('claude-opus-4-1-20250805')).toBe('opus-4-1');
    expect(shortModel('gpt-5.2')).toBe('gpt-5.2');
    expect(shortModels(['claude-opus-4-1-20250805', 'claude-opus-4-1'])).toBe('opus-4-1');
    expect(lastPart('/home/ada/api/')).toBe('api');
    expect(lastPart('C:\\work\\api')).toBe('api');
    expect(lastPart('')).toBe('');
  });
});
