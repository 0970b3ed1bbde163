import { linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../formats/claude-code/recognise.ts';
import { FileRegistry } from './file-registry.ts';
import { type Position, seenOf, START } from './file-state.ts';
import { FollowedRoot } from './followed-root.ts';
import { testFolder } from './testing/folder.ts';

function registryOver(folder: string) {
  const moved: string[] = [];
  const registry = new FileRegistry((_file, from) => moved.push(from));
  const root = new FollowedRoot({ format: claudeCode, path: folder, dataset: 'd' }, 0);
  const see = (path: string, sweep = 1, of = root) =>
    registry.see({ path, linked: false, ...seenOf(statSync(path, { bigint: true })) }, of, sweep);
  return { registry, root, see, moved };
}

const position: Position = { ...START, offset: 5, readTo: 5 };

describe('the registry of files', () => {
  it('keeps the position of a file that takes another name', () => {
    const folder = testFolder();
    const path = folder.write('a.jsonl', 'text\n');
    const { see, moved, registry } = registryOver(folder.path);
    see(path)!.position = position;
    renameSync(path, `${path}.b.jsonl`);
    expect(see(`${path}.b.jsonl`)!.position).toBe(position);
    expect(moved).toEqual([path]);
    expect(registry.at(path)).toBeUndefined();
  });

  it('follows names that are exchanged', () => {
    const folder = testFolder();
    const [a, b] = [folder.write('a.jsonl', 'a\n'), folder.write('b.jsonl', 'b\n')];
    const { see } = registryOver(folder.path);
    const [first, second] = [see(a)!, see(b)!];
    renameSync(a, join(folder.path, 'c'));
    renameSync(b, a);
    renameSync(join(folder.path, 'c'), b);
    expect(see(a)).toBe(second);
    expect(see(b)).toBe(first);
  });

  it('follows a file of two names once, and by the other name when the first is gone', () => {
    const folder = testFolder();
    const path = folder.write('a.jsonl', 'a\n');
    linkSync(path, join(folder.path, 'b.jsonl'));
    const { see, registry, root } = registryOver(folder.path);
    const file = see(path);
    expect(see(join(folder.path, 'b.jsonl'))).toBeUndefined();
    rmSync(path);
    expect(registry.missing(root, 2)).toEqual([file]);
    expect(see(join(folder.path, 'b.jsonl'), 2)).toBe(file);
  });

  it('gives a file under two roots to the first', () => {
    const folder = testFolder();
    const path = folder.write('a.jsonl', 'a\n');
    const { see, root } = registryOver(folder.path);
    const second = new FollowedRoot({ format: 'auto', path: folder.path, dataset: 'e' }, 1);
    expect(see(path, 1, second)!.root).toBe(second);
    expect(see(path)!.root).toBe(root);
    expect(see(path, 1, second)).toBeUndefined();
  });

  it('remembers files that are gone, for a month', () => {
    const folder = testFolder();
    const path = folder.write('a.jsonl', 'text\n');
    const { see, registry } = registryOver(folder.path);
    const file = see(path)!;
    file.position = position;
    registry.markGone(file);
    registry.forgetOld();
    const restored = registryOver(folder.path);
    restored.registry.restore(registry.remembered(), [claudeCode]);
    expect(restored.see(path)).toMatchObject({ position, format: claudeCode });
    file.goneAt = Date.now() - 31 * 24 * 3600 * 1000;
    registry.forgetOld();
    expect(registry.remembered()).toEqual([]);
  });
});
