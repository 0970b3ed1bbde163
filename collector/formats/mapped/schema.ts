/** What people may write under `formats` in `tallyd.yaml` to have files of their own read. */
import { z } from 'zod';
import { builtInFormats } from '../index.ts';

/** An object of these keys and no others; a mistaken key is told beside those there are. */
function only<Shape extends z.core.$ZodLooseShape>(shape: Shape, otherwise?: string) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is not known here; there are ${Object.keys(shape).join(', ')}`
        : otherwise,
  });
}

const name = (what: string) => z.string(`${what} must be text`).min(1, `${what} must not be empty`);
const column = name('a column');

/** A column's cell as it is. */
const plain = z.union([column, only({ column })], 'must be the name of a column, or { column: … }');

const text = z.union(
  [column, only({ column }), only({ value: z.union([z.string(), z.number()]) })],
  'must be the name of a column, { column: … }, or { value: … } for the same in every row',
);

const time = z.union(
  [
    column,
    only({
      column,
      format: z.enum(['auto', 'iso', 'epoch_s', 'epoch_ms']).optional(),
      timezone: z.string().refine(isTimezone, 'timezone must be a name such as Europe/Berlin').optional(),
    }),
  ],
  'must be the name of a column, or { column: …, format: auto|iso|epoch_s|epoch_ms, timezone: … } (timezone: a name such as Europe/Berlin)',
);

const count = z.union(
  [column, only({ column, minus: z.array(column).min(1).optional() })],
  'must be the name of a column, or { column: …, minus: [ … ] } where the column includes others',
);

const scaled = z.union(
  [column, only({ column, multiply: z.number().positive().optional() })],
  'must be the name of a column, or { column: …, multiply: 0.01 }',
);

const words = z.array(z.union([z.string(), z.number()])).min(1);
const status = z.union(
  [column, only({ column, ok: words.optional(), aborted: words.optional() })],
  'must be the name of a column, or { column: …, ok: [words for success], aborted: [words] }',
);

const columns = only(
  {
    ts: time,
    model: text.optional(),
    provider: text.optional(),
    user: text.optional(),
    project: text.optional(),
    session_id: text.optional(),
    request_id: text.optional(),
    id: plain.optional(),
    status: status.optional(),
    input_tokens: count.optional(),
    cache_write_5m_tokens: count.optional(),
    cache_write_1h_tokens: count.optional(),
    cache_read_tokens: count.optional(),
    output_tokens: count.optional(),
    reasoning_tokens: count.optional(),
    unclassified_tokens: count.optional(),
    requests: count.optional(),
    reported_cost_usd: scaled.optional(),
    duration_ms: scaled.optional(),
  },
  'columns must say which column holds what, beginning with ts',
).refine(
  (mapped) => AMOUNTS.some((target) => mapped[target] !== undefined),
  'columns must name tokens or reported_cost_usd: without them there is no usage to read',
);

const AMOUNTS = [
  'input_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_read_tokens',
  'output_tokens',
  'unclassified_tokens',
  'reported_cost_usd',
] as const;

const tag = z.union(
  [column, only({ name: name('a tag'), column })],
  'must be a column, or { name: …, column: … }',
);

const format = only({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,63}$/,
      'name must be lower case letters, digits and hyphens: it becomes the source',
    )
    .refine(
      (chosen) => !builtInFormats.some((known) => known.name === chosen),
      'name is that of a format tallyd brings: choose another',
    ),
  type: z.enum(['csv', 'jsonl', 'parquet'], 'type must be csv (any delimiter), jsonl or parquet'),
  match: only({ columns: z.array(column).min(1).optional(), file: name('match.file').optional() })
    .refine(
      (match) => match.columns !== undefined || match.file !== undefined,
      'match must have columns, file, or both; without match the format is read only when asked for',
    )
    .optional(),
  columns,
  tags: z.array(tag).optional(),
  grain: z.enum(['request', 'bucket'], 'grain must be request or bucket').optional(),
}).superRefine((mapped, context) => {
  const conflict = mapped.type === 'jsonl' ? pathConflict(sourceColumns(mapped)) : undefined;
  if (conflict)
    context.addIssue({
      code: 'custom',
      message: `${conflict} is mapped as a value, and so is something in it`,
    });
});

export const mappedFormatsSchema = z
  .array(format, 'formats must be a list, each with name, type and columns')
  .superRefine((formats, context) => {
    const names = formats.map((one) => one.name);
    const twice = names.find((one, i) => names.indexOf(one) !== i);
    if (twice) context.addIssue({ code: 'custom', message: `two formats are named ${twice}` });
  });

export type MappedFormatConfig = z.infer<typeof format>;
export type MappedColumns = MappedFormatConfig['columns'];

/** Every column of the file that an event column is made of, once, in a fixed order; without tags. */
export function eventColumns({ columns: mapped }: Pick<MappedFormatConfig, 'columns'>): string[] {
  const found = Object.values(mapped).flatMap((target) => {
    if (target === undefined || (typeof target === 'object' && 'value' in target)) return [];
    if (typeof target === 'string') return [target];
    return [target.column, ...('minus' in target ? (target.minus ?? []) : [])];
  });
  return [...new Set(found)];
}

/** All columns of the file that are read. */
export function sourceColumns(mapped: Pick<MappedFormatConfig, 'columns' | 'tags'>): string[] {
  const tags = (mapped.tags ?? []).map((one) => (typeof one === 'string' ? one : one.column));
  return [...new Set([...eventColumns(mapped), ...tags])];
}

/** A path that leads into another one's value. */
function pathConflict(paths: readonly string[]): string | undefined {
  return paths.find((path) => paths.some((other) => other.startsWith(`${path}.`)));
}

function isTimezone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
