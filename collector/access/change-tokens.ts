/** Changing the tokens file: one command at a time, and a reader sees the old file or the new one. */
import {
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Token } from './token.ts';
import { readTokensIfAny, TOKENS_VERSION, TokensFileError } from './tokens-file.ts';

const LOCK_PATIENCE_MS = 5000;
const LOCK_STEP_MS = 20;
/** A command holds the lock for milliseconds; one this old was left by a process that was killed. */
const LOCK_STALE_MS = 30_000;

/**
 * Reads, changes and writes the tokens.
 * @param change gets all tokens (none when there is no file yet) and gives back those to keep, or
 *   undefined when there is nothing to write
 * @throws TokensFileError when the file is broken or another command holds it.
 */
export async function changeTokens<T>(
  path: string,
  change: (tokens: readonly Token[]) => { tokens: Token[] | undefined; result: T },
): Promise<T> {
  // what a link points at is replaced, not the link
  const file = existsSync(path) ? realpathSync(path) : path;
  return await locked(file, () => {
    const { tokens, result } = change(readTokensIfAny(file) ?? []);
    if (tokens !== undefined) replace(file, tokens);
    return result;
  });
}

async function locked<T>(file: string, action: () => T): Promise<T> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const lock = `${file}.lock`;
    await takeLock(lock, file);
    try {
      return action();
    } finally {
      rmSync(lock, { force: true });
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new TokensFileError(
      `${file} cannot be written (${message}); name a file in a folder that you may write: TALLYD_TOKENS_FILE=…`,
      { cause: error },
    );
  }
}

async function takeLock(lock: string, file: string): Promise<void> {
  const deadline = Date.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > LOCK_STALE_MS) rmSync(lock, { force: true });
    else if (Date.now() > deadline) {
      throw new TokensFileError(
        `another tallyd token command is changing ${file} (${lock} is there); try again in a moment.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_STEP_MS));
  }
}

/** The new text is on the disk before it takes the name, and the name before this returns. */
function replace(file: string, tokens: Token[]): void {
  const fresh = `${file}.${process.pid}.tmp`;
  rmSync(fresh, { force: true });
  const descriptor = openSync(fresh, 'wx', 0o600);
  try {
    writeFileSync(descriptor, `${JSON.stringify({ version: TOKENS_VERSION, tokens }, undefined, 2)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  keepOwner(file, fresh);
  renameSync(fresh, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Root may change a file of the collector's user, who must be able to read it afterwards. */
function keepOwner(file: string, fresh: string): void {
  const before = statSync(file, { throwIfNoEntry: false });
  if (before && process.geteuid?.() === 0) chownSync(fresh, before.uid, before.gid);
}
