import { describe, expect, it } from 'vitest';
import { arrayPathOf, beginningOf, elementsOf } from './json-document.ts';

const of = (text: string): unknown => beginningOf(Buffer.from(text));

describe('the beginning of a document', () => {
  it.each([
    ['{"a":[{"b":1},{"b":2', { a: [{ b: 1 }, {}] }],
    ['{"a":1,"b":{"c":2', { a: 1, b: {} }],
    ['{"a":1,"b":"cut of', { a: 1 }],
    ['{"a":"with \\" and { in it","b":[1,2', { a: 'with " and { in it', b: [1] }],
    ['{"a":"ends with \\\\","b":3,"c":', { a: 'ends with \\', b: 3 }],
    ['  [1, 2, [3', [1, 2, []]],
    ['{"a":1}\n{"b":2}\n', { a: 1 }],
    ['{\n  "a": {}\n}\n', { a: {} }],
    ['{', {}],
  ])('%j is as much as is whole', (text, value) => {
    expect(of(text)).toEqual(value);
  });

  it.each(['', 'text', '{nonsense}', '"a string"', '12'])('%j is none', (text) => {
    expect(of(text)).toBeUndefined();
  });

  it('is found at every place where it may be cut', () => {
    const text = JSON.stringify({ id: 'x', list: [{ a: 'b"}' }, { c: [1, { d: null }] }], end: true });
    for (let cut = 1; cut < text.length; cut++) {
      const found = of(text.slice(0, cut));
      expect(found, text.slice(0, cut)).toBeTypeOf('object');
    }
  });
});

describe('records in an array', () => {
  it('are found at the top and at a path, cut off or not', () => {
    expect(elementsOf(Buffer.from('[{"a":1},{"a":2'), '')).toEqual([{ a: 1 }, {}]);
    expect(elementsOf(Buffer.from('{"meta":{"page":1},"data":{"items":[{"a":1},{'), 'data.items')).toEqual([
      { a: 1 },
      {},
    ]);
    expect(elementsOf(Buffer.from('{"data":{"a":1}}'), 'data')).toBeUndefined();
  });

  it('decide which path a format reads', () => {
    expect(arrayPathOf(Buffer.from('{"data":[{"a":1}]}'), ['', 'data'])).toBe('data');
    expect(arrayPathOf(Buffer.from('[{"a":1}]'), ['', 'data'])).toBe('');
    expect(arrayPathOf(Buffer.from('{"a":1}\n{"a":2}\n'), ['', 'data'])).toBeUndefined();
    expect(arrayPathOf(Buffer.from('[1,2]'), [''])).toBeUndefined();
    expect(arrayPathOf(Buffer.from('[{"a":1}]'))).toBeUndefined();
  });
});
