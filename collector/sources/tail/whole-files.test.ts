import { describe, expect, it } from 'vitest';
import { isPlainPath } from './whole-files.ts';

describe('a path that the engine is told', () => {
  it.each(['/a/b.jsonl', '/ü 😀/[x]/it\'s "a\\b%41.jsonl', '/a:b.jsonl'])('is plain: %s', (path) =>
    expect(isPlainPath(path)).toBe(true),
  );
  it.each(['/{a}.jsonl', '/a*.jsonl', '/a?.jsonl', '/a::b.jsonl', '/a\nb.jsonl', '/a.jsonl.gz', '/a.ZST'])(
    'would be misread: %j',
    (path) => expect(isPlainPath(path)).toBe(false),
  );
});
