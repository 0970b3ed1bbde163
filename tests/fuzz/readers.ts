/** Damaged files of every format, pushed through the real store. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { packageRoot } from '../../collector/package-root.ts';
import { type Damage, damage, damaged, mildDamage } from './damage.ts';
import { type Format } from '../../collector/formats/format.ts';
import { readSample, recogniseSample } from '../../collector/formats/recognise.ts';
import { openUploadBench, type UploadBench } from './upload-bench.ts';

const FORMATS = join(packageRoot, 'collector/formats');

/** A file that a format must read, as its rows beside it say. */
export interface Fixture {
  /** `cursor-csv/v2.csv` */
  title: string;
  name: string;
  bytes: Buffer;
  format: Format;
  /** Records of it that can be read. */
  readable: number;
}

export interface ReaderFuzz {
  bench: UploadBench;
  fixtures: Fixture[];
}

export async function openReaderFuzz(): Promise<ReaderFuzz> {
  const mapped = parse(readFileSync(join(FORMATS, 'mapped/fixtures/formats.yaml'), 'utf8')) as {
    formats: unknown;
  };
  const bench = await openUploadBench('fuzz', mapped.formats);
  return { bench, fixtures: await fixturesOf(bench.formats) };
}

/** Every fixture whose bytes tell its format. */
export async function fixturesOf(formats: readonly Format[]): Promise<Fixture[]> {
  const fixtures: Fixture[] = [];
  for (const folder of readdirSync(FORMATS)) {
    const path = join(FORMATS, folder, 'fixtures');
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path).filter((one) => /\.(csv|tsv|jsonl|json|db)$/.test(one))) {
      if (name.endsWith('.rows.json')) continue;
      const recognised = recogniseSample(await readSample(join(path, name), name), formats);
      if ('problem' in recognised) continue; // known by the folder that its agent keeps it in
      const { rows } = JSON.parse(
        readFileSync(join(path, name.replace(/\.[^.]+$/, '.rows.json')), 'utf8'),
      ) as { rows: { read: number; rejected: number } };
      fixtures.push({
        ...{ title: `${folder}/${name}`, name, bytes: readFileSync(join(path, name)) },
        ...{ format: recognised.format, readable: rows.read - rows.rejected },
      });
    }
  }
  return fixtures;
}

export interface Case {
  /** Its title. */
  fixture: string;
  damages: Damage[];
  /** Whether it is read as the format it was, though it may not look like it any more. */
  forced: boolean;
}

export function cases(fixtures: readonly Fixture[]): fc.Arbitrary<Case> {
  return fc.record({
    fixture: fc.constantFrom(...fixtures.map(({ title }) => title)),
    damages: fc.oneof(
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      fc.array(mildDamage, { minLength: 1, maxLength: 30 }),
    ),
    forced: fc.boolean(),
  });
}

/** Sends a damaged file. @throws Error where something happened that no bytes may cause */
export async function readDamaged({ bench, fixtures }: ReaderFuzz, one: Case): Promise<void> {
  const fixture = fixtures.find(({ title }) => title === one.fixture)!;
  await bench.send(
    fixture.name,
    damaged(fixture.bytes, one.damages),
    one.forced ? fixture.format.name : undefined,
  );
}

/** Records that stand alone: what stands before the damage must be read whatever follows. */
export function standsAlone({ format, name }: Fixture): boolean {
  return format.unit === 'record' && /lines|table/.test(format.layout) && !name.endsWith('.json');
}

/** Sends a whole file with a damaged copy of its records behind it. @throws Error where that costs one */
export async function readBeside({ bench, fixtures }: ReaderFuzz, one: Case): Promise<void> {
  const { format, name, bytes, readable } = fixtures.find(({ title }) => title === one.fixture)!;
  const whole = Buffer.concat([bytes, Buffer.from(bytes.at(-1) === 10 ? '' : '\n')]);
  const copy = whole.subarray(format.layout === 'table' ? whole.indexOf(10) + 1 : 0);
  const { report, problem } = await bench.send(
    name,
    Buffer.concat([whole, damaged(copy, one.damages)]),
    format.name,
  );
  const { read, rejected } = report!.rows;
  if (read - rejected < readable)
    throw new Error(
      `of ${readable} records before the damage, ${read - rejected} were read${problem ? `: ${problem.message}` : ''}`,
    );
}
