import { describe, expect, it } from 'vitest';
import { BoundedLabel, cleanLabel } from './labels.ts';

describe('cleanLabel', () => {
  it('leaves ordinary names alone', () => {
    expect(cleanLabel('claude-opus-4-1-20250805')).toBe('claude-opus-4-1-20250805');
    expect(cleanLabel('модель/日本 🤖')).toBe('модель/日本 🤖');
  });

  it('cuts a long name between characters', () => {
    expect(cleanLabel('x'.repeat(5000))).toBe('x'.repeat(100));
    expect(cleanLabel('🤖'.repeat(150))).toBe('🤖'.repeat(100));
  });

  it('turns control characters, line separators and halves of characters into one space', () => {
    expect(cleanLabel('a\u0000\n\r\u2028b\ud83dc\u200bd')).toBe('a b c d');
  });

  it('calls the empty value unknown', () => {
    expect(cleanLabel('')).toBe('unknown');
    expect(cleanLabel('\n \t')).toBe('unknown');
  });
});

describe('BoundedLabel', () => {
  it('admits the first values and calls the rest other', () => {
    const label = new BoundedLabel(2);
    expect(['a', 'b', 'c', 'a', 'd'].map((value) => label.of(value))).toEqual([
      'a',
      'b',
      'other',
      'a',
      'other',
    ]);
  });
});
