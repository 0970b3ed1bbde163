/**
 * The tokens in force. The file is looked at with every request, which takes microseconds, so that a
 * token that was revoked is refused from the next request on, without a restart.
 */
import { statSync } from 'node:fs';
import type { Token } from './token.ts';
import { hashOf, sameHash } from './secret.ts';
import { readTokens, warningOf } from './tokens-file.ts';

export interface LiveTokensOptions {
  path: string;
  log: { info(message: string): void; warn(message: string): void; error(message: string): void };
}

export class LiveTokens {
  readonly #path: string;
  readonly #log: LiveTokensOptions['log'];
  #tokens: readonly Token[];
  #seen: string;

  /** @throws TokensFileError when the file is absent or broken. */
  constructor({ path, log }: LiveTokensOptions) {
    this.#path = path;
    this.#log = log;
    this.#seen = this.#look();
    this.#tokens = readTokens(path);
    this.#warn();
  }

  /** All tokens, also those that are not accepted any more. */
  get all(): readonly Token[] {
    this.#refresh();
    return this.#tokens;
  }

  /** Every token is compared, whichever fits, so that the time tells nothing. */
  find(secret: string): Token | undefined {
    const hash = hashOf(secret);
    let found: Token | undefined;
    for (const token of this.all) if (sameHash(token.hash, hash)) found = token;
    return found;
  }

  #refresh(): void {
    const now = this.#look();
    if (now === this.#seen) return;
    this.#seen = now;
    try {
      this.#tokens = readTokens(this.#path);
      this.#log.info(`tokens were read again from ${this.#path}`);
      this.#warn();
    } catch (error) {
      this.#log.error(`the tokens that were read before stay in force, because ${(error as Error).message}`);
    }
  }

  #warn(): void {
    const warning = warningOf(this.#path);
    if (warning !== undefined) this.#log.warn(warning);
  }

  /** Changes whenever the file does: a rename brings another inode, a write another time. */
  #look(): string {
    try {
      const found = statSync(this.#path, { bigint: true });
      return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
    } catch (error) {
      // reading it will say so in a sentence
      return (error as NodeJS.ErrnoException).code ?? 'unreadable';
    }
  }
}
