/** The list of files that an export leaves beside them, for the next one. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { CommandError } from '../commands/command-error.ts';

/** What an export remembers for the next one. */
export interface Remembered {
  /** Uids of every rule that any export wrote here. */
  rules: string[];
  datasources: string[];
  contactPoints: string[];
  muteTimes: string[];
  /** Whether the organisation's notification policies are this export's. */
  policies: boolean;
}

export interface Manifest extends Remembered {
  version: 1;
  /** SHA-256 of what was written, by path. */
  files: Record<string, string>;
}

export const MANIFEST = '.tallyd-export.json';

/** @throws CommandError when there is one that cannot be trusted. */
export function readManifest(file: string): Manifest | undefined {
  if (!existsSync(file)) return undefined;
  const broken = `${file} cannot be read as an export's list of files: remove it, and the files of that export with it.`;
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as Partial<Manifest>;
  } catch (error) {
    throw new CommandError(broken, { cause: error });
  }
  if (manifest.version !== 1 || typeof manifest.files !== 'object') throw new CommandError(broken);
  // a path in it is removed later: it must stay below the folder
  if (Object.keys(manifest.files).some((path) => path.startsWith('/') || path.split('/').includes('..')))
    throw new CommandError(broken);
  return manifest as Manifest;
}

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
