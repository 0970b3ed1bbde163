import { describe, expect, it } from 'vitest';
import { generateClaudeCode } from './claude-code.ts';
import { Prng } from './prng.ts';
import { cutAnywhere, interleavedGrowth, shuffledLines } from './shuffle.ts';

const span = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 3) };
const files = [...generateClaudeCode({ seed: 1, sessions: 6, ...span, hazards: true }).files()];

describe('shuffling', () => {
  it('cuts bytes without losing any, also within a character', () => {
    const pieces = cutAnywhere(new Prng(1), 'äöü€😀'.repeat(50), 40);
    expect(pieces.length).toBeGreaterThan(20);
    expect(pieces.every((piece) => piece.length > 0)).toBe(true);
    expect(Buffer.concat(pieces).toString()).toBe('äöü€😀'.repeat(50));
    expect(pieces.some((piece) => piece.toString().includes('\uFFFD'))).toBe(true);
  });

  it('lets files grow side by side to what they are', () => {
    const grown = new Map<string, Buffer>();
    const order: string[] = [];
    for (const { path, bytes } of interleavedGrowth(new Prng(2), files, 8)) {
      grown.set(path, Buffer.concat([grown.get(path) ?? Buffer.alloc(0), bytes]));
      order.push(path);
    }
    for (const { path, content } of files) expect(grown.get(path)?.toString()).toBe(content);
    expect(order.filter((path, index) => path !== order[index - 1]).length).toBeGreaterThan(files.length);
  });

  it('keeps every line, and an unterminated one last', () => {
    const shuffled = shuffledLines(new Prng(3), '1\n2\r\n\n3\n4\ntail');
    expect(shuffled.endsWith('tail')).toBe(true);
    expect(
      shuffled
        .slice(0, -4)
        .split(/(?<=\n)/)
        .sort(),
    ).toEqual(['\n', '1\n', '2\r\n', '3\n', '4\n']);
  });
});

describe('draws', () => {
  it('follow from the seed, and a fork from its label alone', () => {
    const [a, b] = [new Prng('x'), new Prng('x')];
    a.word();
    expect(a.fork('s').hex(32)).toBe(b.fork('s').hex(32));
    expect(a.fork('s').hex(32)).not.toBe(a.fork('t').hex(32));
  });

  it('never meet in a hundred thousand forks', () => {
    const root = new Prng(7);
    const seen = new Set(Array.from({ length: 100_000 }, (_, label) => root.fork(label).hex(16)));
    expect(seen.size).toBe(100_000);
  });

  it('stay within their bounds, about as often as asked', () => {
    const prng = new Prng(5);
    const draws = Array.from({ length: 20_000 }, () => prng.int(1, 4));
    for (const side of [1, 2, 3, 4])
      expect(draws.filter((draw) => draw === side).length / 5000).toBeCloseTo(1, 0);
    const sizes = Array.from({ length: 2000 }, () => prng.magnitude(10, 1000));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
  });
});
