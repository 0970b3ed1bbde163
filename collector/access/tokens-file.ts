/**
 * The tokens file: JSON, with a version. It is read whole and checked whole: a key that is not known
 * may be a misspelt `expires_at`, and a token must not live for ever because of it.
 */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { SCOPES } from './scopes.ts';
import type { Token } from './token.ts';

/** The tokens file cannot be used; a sentence that says what to do. */
export class TokensFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokensFileError';
  }
}

export const TOKENS_VERSION = 1;

const time = z.iso.datetime({ error: 'must be a time such as 2027-01-31T00:00:00Z' });
const token = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  scopes: z.array(z.enum(SCOPES)).min(1),
  created_at: time,
  expires_at: time.optional(),
  revoked_at: time.optional(),
  tier: z.string().min(1).optional(),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
});
const contents = z.strictObject({ version: z.literal(TOKENS_VERSION), tokens: z.array(token) });

/**
 * Reads the tokens.
 * @throws TokensFileError when it is absent, broken, or may be written by others.
 */
export function readTokens(path: string): Token[] {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // the parser's own message shows a piece of the file
    throw new TokensFileError(`${path} is not JSON. ${MEND}`, { cause: error });
  }
  const result = contents.safeParse(value);
  if (result.success) return result.data.tokens;
  const [first] = result.error.issues;
  const place = first!.path.length > 0 ? `${first!.path.join('.')}: ` : '';
  throw new TokensFileError(`${path} is no file of tokens: ${place}${first!.message}. ${MEND}`);
}

const MEND = 'Put back a copy of it; or move it away and make the tokens anew with: tallyd token create NAME';

/** @returns undefined when there is no such file; used before the first token is made. */
export function readTokensIfAny(path: string): Token[] | undefined {
  try {
    return readTokens(path);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

function readText(path: string): string {
  try {
    refuseWritable(path);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TokensFileError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      throw new TokensFileError(
        `TALLYD_TOKENS_FILE is ${path}, which does not exist; make it and its first token with: ` +
          `TALLYD_TOKENS_FILE=${path} tallyd token create NAME`,
        { cause: error },
      );
    }
    throw new TokensFileError(
      `the tokens file ${path} cannot be read (${message}); it must be a file that the user of the collector ` +
        'may read, as tallyd token create makes it.',
      { cause: error },
    );
  }
}

/** Whoever can write the file can let themselves in. */
function refuseWritable(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o022) === 0) return;
  throw new TokensFileError(
    `${path} may be written by others (mode ${mode.toString(8)}), who could add a token of their own: chmod 600 ${path}`,
  );
}

/**
 * A sentence when others may read the file, else undefined. Hashes of random tokens help nobody, and
 * secrets mounted into containers are often readable by all, so this is no reason to refuse; but those
 * of secrets that were given could be guessed at.
 */
export function warningOf(path: string): string | undefined {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o044) === 0) return undefined;
  return `${path} may be read by others (mode ${mode.toString(8)}); it holds hashes only, but is nobody's business: chmod 600 ${path}`;
}
