/** The setting TALLYD_TAIL: `auto`, `none`, or a list `format=path-or-glob,…`. */
import { resolve } from 'node:path';
import type { Format } from '../../formats/format.ts';
import { expandPath } from './agent-roots.ts';
import type { TailRoot } from './types.ts';

export interface TailSettingContext {
  formats: readonly Format[];
  /** The user's home folder. */
  home: string;
  /** For `${VARIABLE}` in a path. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here; without it, where the process was started. */
  cwd?: string;
}

/** The setting cannot be understood; the message says what to write. */
export class TailSettingError extends Error {
  override name = 'TailSettingError';
}

export function parseTailSetting(text: string, context: TailSettingContext): 'auto' | 'none' | TailRoot[] {
  const setting = text.trim();
  if (setting === '' || setting === 'auto') return 'auto';
  if (setting === 'none') return 'none';
  const roots = splitList(setting).map((entry) => parseEntry(entry, context));
  const paths = new Set<string>();
  for (const { path } of roots) {
    if (paths.has(path)) throw new TailSettingError(`TALLYD_TAIL names ${path} twice: keep one of the two.`);
    paths.add(path);
  }
  return roots;
}

function parseEntry(entry: string, context: TailSettingContext): TailRoot {
  const [, name = '', path = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(entry) ?? [];
  const known = ['auto', ...context.formats.map((format) => format.name)].join(', ');
  if (name === '' || path === '')
    throw new TailSettingError(
      `TALLYD_TAIL: "${entry.trim()}" is not auto, none or format=path. Write for example ` +
        `auto=/exports or claude-code=~/logs/**/*.jsonl; formats are ${known}.`,
    );
  const format = name === 'auto' ? 'auto' : context.formats.find((candidate) => candidate.name === name);
  if (!format) throw new TailSettingError(`TALLYD_TAIL: there is no format "${name}". Formats are ${known}.`);
  const absolute = resolve(context.cwd ?? '.', expandPath(path, context.env ?? {}, context.home));
  return { format, path: absolute, dataset: absolute };
}

/** Splits at commas, but not within the braces of a glob. */
function splitList(text: string): string[] {
  const entries: string[] = [];
  let depth = 0;
  let entry = '';
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth = Math.max(0, depth - 1);
    if (character === ',' && depth === 0) {
      entries.push(entry);
      entry = '';
    } else entry += character;
  }
  return [...entries, entry].filter((part) => part.trim() !== '');
}
