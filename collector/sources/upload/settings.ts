/** The settings of an upload as a client writes them: in the query, or as fields of a form. */
import type { Format } from '../../formats/format.ts';
import { UploadProblem } from './problem.ts';
import type { UploadMode } from './types.ts';

export interface UploadSettings {
  mode: UploadMode;
  /** Undefined: the name of the format that is recognised. */
  dataset?: string;
  /** Undefined: look at the file. */
  format?: Format;
}

export const SETTING_NAMES = ['mode', 'dataset', 'format'] as const;
export type RawSettings = Partial<Record<(typeof SETTING_NAMES)[number], string | undefined>>;

const LONGEST_NAME = 200;

/** Throws an {@link UploadProblem} that names what is allowed. */
export function readSettings(raw: RawSettings, formats: readonly Format[]): UploadSettings {
  const mode = raw.mode ?? 'append';
  if (mode !== 'append' && mode !== 'replace')
    throw new UploadProblem('bad-parameter', `mode is ${shown(mode)}; it can be append or replace.`);
  const dataset = raw.dataset?.trim();
  if (dataset !== undefined && (dataset === '' || dataset.length > LONGEST_NAME || hasControls(dataset)))
    throw new UploadProblem(
      'bad-parameter',
      `dataset is ${shown(dataset)}; it must be 1 to ${LONGEST_NAME} characters without control characters. ` +
        'Leave it out to use the name of the format.',
    );
  const format = formatNamed(raw.format, formats);
  return { mode, ...(dataset !== undefined && { dataset }), ...(format && { format }) };
}

function formatNamed(name: string | undefined, formats: readonly Format[]): Format | undefined {
  if (name === undefined || name === 'auto') return undefined;
  const format = formats.find((one) => one.name === name);
  if (format) return format;
  const known = formats.map((one) => one.name).join(', ');
  throw new UploadProblem('bad-parameter', `format is ${shown(name)}; it can be auto or one of: ${known}.`);
}

/** A file's name as it is kept: no folders, no control characters, not endless. */
export function cleanName(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? '';
  // eslint-disable-next-line no-control-regex
  return base.replaceAll(/[\u0000-\u001f\u007f]/g, '').slice(0, LONGEST_NAME);
}

function hasControls(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\u0000-\u001f\u007f]/.test(text);
}

function shown(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** The name without the ending of its compression, which is undone when the file is received. */
export function fileNameOf(name: string): string {
  return name.replace(/\.(gz|gzip|zst|zstd|br)$/i, '');
}
