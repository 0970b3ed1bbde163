import { describe, expect, it } from 'vitest';
import { parseGlob } from './glob.ts';

describe('a glob', () => {
  it.each([
    ['/logs/*.jsonl', '/logs', ['/logs/a.jsonl'], ['/logs/x/a.jsonl', '/logs/a.json']],
    ['/logs/**/*.jsonl', '/logs', ['/logs/a.jsonl', '/logs/x/y/a.jsonl'], ['/log/a.jsonl']],
    ['/l/{a,b*}/?.csv', '/l', ['/l/a/1.csv', '/l/bcd/2.csv'], ['/l/c/1.csv', '/l/a/12.csv']],
    ['/l/[a-c]x[!0-9].csv', '/l', ['/l/bxz.csv'], ['/l/dxz.csv', '/l/ax1.csv']],
    ['/a.b/(c)+/*', '/a.b/(c)+', ['/a.b/(c)+/d', '/a.b/(c)+/ü😀'], ['/aXb/(c)+/d']],
  ])('%s', (glob, base, matching, others) => {
    const parsed = parseGlob(glob)!;
    expect(parsed.base).toBe(base);
    for (const path of matching) expect(parsed.matches(path), path).toBe(true);
    for (const path of others) expect(parsed.matches(path), path).toBe(false);
  });

  it('is none without its characters', () => {
    expect(parseGlob('/logs/a.jsonl')).toBeUndefined();
  });
});

describe('the folders of a glob', () => {
  it('are those above its last part, and below where it says so', () => {
    const flat = parseGlob('/data/open/*.db')!;
    expect(['/data/open', '/data/open/storage', '/data/open/a/b'].map(flat.enters)).toEqual([
      true,
      false,
      false,
    ]);
    const one = parseGlob('/data/*/x.db')!;
    expect(['/data', '/data/a', '/data/a/b'].map(one.enters)).toEqual([true, true, false]);
    const deep = parseGlob('/data/**/*.db')!;
    expect(deep.enters('/data/a/b/c')).toBe(true);
  });
});
