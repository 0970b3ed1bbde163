/** What may happen to followed files, and to who follows them, as commands of fast-check. */
import fc from 'fast-check';
import { type FileModel, NAMES } from './file-model.ts';
import type { Shape } from './model-shapes.ts';
import type { TailCase } from './tail-case.ts';

type Numbers = readonly number[];

interface Happening {
  name: string;
  /** What its numbers are. */
  numbers: fc.Arbitrary<number>[];
  /** Takes records away, or out of sight. */
  destructive?: boolean;
  not?: readonly Shape[];
  /** Whether it can happen now. */
  when: (model: FileModel, numbers: Numbers) => boolean;
  run: (model: FileModel, real: TailCase, numbers: Numbers) => Promise<void> | void;
  /** How often, compared with the others. @default 1 */
  weight?: number;
}

const FILE = fc.nat({ max: NAMES.length - 1 });
const COUNT = fc.integer({ min: 1, max: 12 });
const SHARE = fc.nat({ max: 1000 });
const always = () => true;
const exists = (model: FileModel, [file]: Numbers) => model.has(file!);
/** Where something can be written: a file, or a name that is free. */
const writable = (model: FileModel, [file]: Numbers) => model.has(file!) || !model.isTaken(file!);
const intoFree = (model: FileModel, [from, to]: Numbers) => model.has(from!) && !model.isTaken(to!);

const HAPPENINGS: readonly Happening[] = [
  {
    name: 'write',
    numbers: [FILE, COUNT],
    weight: 5,
    when: writable,
    run: (m, _, [f, n]) => m.write(f!, n!),
  },
  {
    ...{ name: 'write half', numbers: [FILE, SHARE], weight: 4, not: ['table'] },
    when: writable,
    run: (m, _, [f, share]) => m.writeHalf(f!, share!),
  },
  {
    ...{ name: 'write the other half', numbers: [FILE], weight: 2, not: ['table'] },
    when: (m, [f]) => m.has(f!) && m.isHalf(f!),
    run: (m, _, [f]) => m.finishHalf(f!),
  },
  {
    name: 'rename',
    numbers: [FILE, FILE],
    weight: 2,
    when: intoFree,
    run: (m, _, [f, g]) => m.rename(f!, g!),
  },
  {
    ...{ name: 'rename over', numbers: [FILE, FILE], destructive: true },
    when: (m, [f, g]) => f !== g && m.has(f!) && m.has(g!),
    run: (m, _, [f, g]) => m.rename(f!, g!),
  },
  { name: 'replace by a copy', numbers: [FILE], when: exists, run: (m, _, [f]) => m.replaceByCopy(f!) },
  {
    name: 'copy its beginning',
    numbers: [FILE, FILE, SHARE],
    when: intoFree,
    run: (m, _, [f, g, s]) => m.copyBeginning(f!, g!, s!),
  },
  {
    name: 'truncate',
    numbers: [FILE, SHARE],
    destructive: true,
    when: exists,
    run: (m, _, [f, s]) => m.truncate(f!, s!),
  },
  {
    name: 'copy and truncate',
    numbers: [FILE],
    destructive: true,
    when: exists,
    run: (m, _, [f]) => m.copyTruncate(f!),
  },
  {
    name: 'compact',
    numbers: [FILE, SHARE, COUNT],
    destructive: true,
    when: exists,
    run: (m, _, [f, s, n]) => m.compact(f!, s!, n!),
  },
  {
    name: 'rewrite the end',
    numbers: [FILE, SHARE],
    weight: 2,
    destructive: true,
    when: exists,
    run: (m, _, [f, s]) => m.rewriteEnd(f!, s!),
  },
  {
    name: 'delete',
    numbers: [FILE],
    destructive: true,
    when: (m, [f]) => m.isTaken(f!),
    run: (m, _, [f]) => m.delete(f!),
  },
  {
    name: 'delete the folder',
    numbers: [],
    destructive: true,
    when: (m) => m.isTaken(2) || m.isTaken(3),
    run: (m) => m.deleteFolder(),
  },
  {
    name: 'recreate',
    numbers: [FILE, SHARE, COUNT],
    weight: 2,
    destructive: true,
    when: exists,
    run: (m, _, [f, s, n]) => m.recreate(f!, s!, n!),
  },
  { name: 'hard link', numbers: [FILE, FILE], when: intoFree, run: (m, _, [f, g]) => m.hardLink(f!, g!) },
  {
    name: 'symbolic link',
    numbers: [FILE, FILE],
    when: intoFree,
    run: (m, _, [f, g]) => m.symbolicLink(f!, g!),
  },
  {
    ...{ name: 'move out', numbers: [FILE], destructive: true },
    when: (m, [f]) => m.has(f!) && !m.isOutside(f!),
    run: (m, _, [f]) => m.moveOut(f!),
  },
  {
    name: 'write outside',
    numbers: [FILE, COUNT],
    when: (m, [f]) => m.isOutside(f!),
    run: (m, _, [f, n]) => m.writeOutside(f!, n!),
  },
  {
    ...{ name: 'move back', numbers: [FILE, FILE] },
    when: (m, [f, g]) => m.isOutside(f!) && !m.isTaken(g!),
    run: (m, _, [f, g]) => m.moveBack(f!, g!),
  },
  {
    name: 'touch',
    numbers: [FILE, fc.integer({ min: -400, max: 400 })],
    when: exists,
    run: (m, _, [f, days]) => m.touch(f!, days!),
  },
  { name: 'look', numbers: [], weight: 3, when: always, run: (_, real) => real.settle() },
  { name: 'pause', numbers: [], when: always, run: (_, real) => real.pause() },
  {
    name: 'restart',
    numbers: [fc.nat({ max: 1 })],
    when: always,
    run: (_, real, [wait]) => real.restart(wait === 1),
  },
  {
    ...{ name: 'crash', numbers: [fc.nat({ max: 3 }), fc.nat({ max: 1 })], weight: 2 },
    when: always,
    run: (_, real, [age, wait]) => real.crash(age!, wait === 1),
  },
  {
    name: 'store fails',
    numbers: [fc.integer({ min: 1, max: 3 })],
    when: always,
    run: (_, real, [n]) => void (real.failures = n!),
  },
];

/** What happened how often, by name. */
export type Story = Map<string, number>;

class Command implements fc.AsyncCommand<FileModel, TailCase> {
  readonly #happening: Happening;
  readonly #numbers: Numbers;

  constructor(happening: Happening, numbers: Numbers) {
    this.#happening = happening;
    this.#numbers = numbers;
  }

  check(model: FileModel): boolean {
    return this.#happening.when(model, this.#numbers);
  }

  async run(model: FileModel, real: TailCase): Promise<void> {
    const { name, destructive, run } = this.#happening;
    // a document is begun anew each time, so half of one hides what it held
    const hides = name === 'write half' && model.shape === 'document';
    if ((destructive || hides) && real.isStrict) await real.settle();
    real.happened(name);
    await run(model, real, this.#numbers);
  }

  toString(): string {
    return `${this.#happening.name}(${this.#numbers.join(', ')})`;
  }
}

/** Sequences of what may happen to files of a shape. */
export function happenings(
  shape: Shape,
  most: number,
): fc.Arbitrary<Iterable<fc.AsyncCommand<FileModel, TailCase>>> {
  const commands = HAPPENINGS.filter(({ not }) => !not?.includes(shape)).flatMap((happening) => {
    const one = fc.tuple(...happening.numbers).map((numbers) => new Command(happening, numbers));
    return Array.from({ length: happening.weight ?? 1 }, () => one);
  });
  return fc.commands(commands, { maxCommands: most, size: 'max' });
}
