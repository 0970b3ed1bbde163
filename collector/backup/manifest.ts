/** What a backup says of itself: `manifest.json`, the first file in it. */
import { z } from 'zod';

const bytes = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A name in the backup; none leads out of a folder. */
const path = z.string().regex(/^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/);

export const manifestSchema = z.object({
  kind: z.literal('tallyd backup'),
  /** Of this description; another one is not understood. */
  format: z.literal(1),
  /** The tallyd that made it. */
  version: z.string(),
  createdAt: z.iso.datetime(),
  schema: z.array(z.object({ version: z.number().int(), name: z.string(), hash: z.string() })).min(1),
  tables: z.array(
    z.object({
      name: z.string().regex(/^\w+$/),
      file: path,
      columns: z.array(z.string()).min(1),
      rows: z.number().int().nonnegative(),
    }),
  ),
  /** Everything beside the manifest: `tables/…` and `data/…`, files of the data directory. */
  files: z.array(z.object({ path, bytes, sha256 })),
});

export type Manifest = z.infer<typeof manifestSchema>;

export const MANIFEST = 'manifest.json';

/** Something about a backup that a person can mend, or must know. */
export class BackupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
  }
}
