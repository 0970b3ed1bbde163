/** `tallyd token create|list|revoke`: who may reach the collector. docs/security.md describes it. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { changeTokens } from '../access/change-tokens.ts';
import { parseExpiry } from '../access/expiry.ts';
import { SCOPES, type Scope } from '../access/scopes.ts';
import { problemOfSecret } from '../access/secret.ts';
import { addToken, giveToken, revokeToken, TokenRefused } from '../access/token-list.ts';
import { ID_PREFIX, type Token } from '../access/token.ts';
import { readTokensIfAny, warningOf } from '../access/tokens-file.ts';
import { type Act, AuditLog, localUser } from '../audit/audit-log.ts';
import { readSettings } from '../config.ts';
import { defaultTokensFile } from '../config-values.ts';
import { CommandError } from './command-error.ts';
import { createdJson, createdText, listText, presentToken, type Created } from './token-text.ts';

interface Common {
  env: NodeJS.ProcessEnv;
  config: string | undefined;
  json?: boolean;
}

export interface CreateOptions extends Common {
  name: string;
  scope: readonly string[];
  expires?: string;
  /** A tier of `limits` in tallyd.yaml. */
  tier?: string;
  /** The variable that holds a secret to use instead of a random one. */
  tokenFromEnv?: string;
  /** The file that holds it. */
  tokenFromFile?: string;
}

/** Where the tokens are, and whether the collector is told so. */
export interface Place {
  file: string;
  isSet: boolean;
}

/**
 * Makes a token. The secret alone goes to the standard output, once; what is to be known about it goes
 * to the standard error, so that `TOKEN=$(tallyd token create NAME)` holds the secret.
 * @returns the exit code.
 */
export async function createToken(options: CreateOptions): Promise<number> {
  const place = placeOf(options);
  const now = Date.now();
  const expiry = options.expires === undefined ? undefined : parseExpiry(options.expires, now);
  if (expiry && 'problem' in expiry) throw new CommandError(expiry.problem);
  const wish = {
    ...{ name: nameOf(options.name), scopes: scopesOf(options.scope), expiresAt: expiry?.at, now },
    tier: await tierOf(options),
  };
  const given = givenSecret(options);
  const created = await sentences(() =>
    changeTokens(place.file, (tokens): { tokens: Created['tokens']; result: Created } => {
      const change =
        given === undefined
          ? { ...addToken(tokens, wish), outcome: 'created' as const }
          : giveToken(tokens, wish, given);
      return { tokens: change.tokens, result: change };
    }),
  );
  const about = createdText(created, place, warningOf(place.file));
  if (options.json) process.stdout.write(`${createdJson(created, place.file, now)}\n`);
  else if (created.secret !== undefined) process.stdout.write(`${created.secret}\n`);
  process.stderr.write(`${about}\n`);
  if (created.tokens) await noteChange(options, ACTS[created.outcome], created.token, place.file);
  return 0;
}

/** Prints all tokens, never a secret. @returns the exit code. */
export function listTokens(options: Common): number {
  const { file } = placeOf(options);
  const tokens = readTokensIfAny(file) ?? [];
  const now = Date.now();
  const text = options.json
    ? JSON.stringify({ file, tokens: tokens.map((token) => presentToken(token, now)) }, undefined, 2)
    : listText(tokens, file, now);
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Ends a token at once. @returns the exit code. */
export async function revoke(options: Common & { token: string }): Promise<number> {
  const { file } = placeOf(options);
  const now = Date.now();
  const { token, tokens } = await sentences(() =>
    changeTokens(file, (all) => {
      const change = revokeToken(all, options.token, now);
      return { tokens: change.tokens, result: change };
    }),
  );
  const text = options.json
    ? JSON.stringify({ file, ...presentToken(token, now) }, undefined, 2)
    : `${token.name} (${token.id}) ${tokens ? 'is revoked; a running collector refuses it from now on' : `was revoked already, on ${token.revoked_at}`}.`;
  process.stdout.write(`${text}\n`);
  if (tokens) await noteChange(options, 'token.revoke', token, file);
  return 0;
}

const ACTS = {
  created: 'token.create',
  changed: 'token.change',
  rotated: 'token.rotate',
  unchanged: 'token.change',
} as const satisfies Record<Created['outcome'], Act>;

async function noteChange({ env, config }: Common, act: Act, token: Token, file: string): Promise<void> {
  const { name, id, scopes, expires_at } = token;
  const what = { token: name, id, scopes, ...(expires_at !== undefined && { expires_at }), file };
  const audit = new AuditLog(readSettings(env, config).dataDir);
  try {
    await audit.append({ act, who: localUser(), from: 'local', what, result: 'done' });
  } catch (error) {
    throw new CommandError(
      `this was done, but could not be written down in ${audit.path}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function placeOf({ env, config }: Common): Place {
  const { tokensFile } = readSettings(env, config);
  const file = tokensFile ?? defaultTokensFile(env, env['HOME'] ?? homedir());
  return { file, isSet: tokensFile !== undefined };
}

function nameOf(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name) && !name.startsWith(ID_PREFIX)) return name;
  throw new CommandError(
    `${JSON.stringify(name.slice(0, 100))} cannot be a token's name: use up to 64 letters, digits and . _ @ -, beginning with a letter or digit and not with ${ID_PREFIX}.`,
  );
}

/** In the order of {@link SCOPES}, each once; `ingest` when none is named. */
function scopesOf(given: readonly string[]): Scope[] {
  const names = given.flatMap((one) => one.split(','));
  const unknown = names.find((name) => !SCOPES.some((scope) => scope === name));
  if (unknown !== undefined)
    throw new CommandError(`--scope is "${unknown}", but must be one of: ${SCOPES.join(', ')}.`);
  return names.length === 0 ? ['ingest'] : SCOPES.filter((scope) => names.includes(scope));
}

/** Checked against `tallyd.yaml`, which is read whole only where a tier is named. */
async function tierOf({ tier, env, config }: CreateOptions): Promise<string | undefined> {
  if (tier === undefined) return undefined;
  const { readConfig } = await import('../config-lists.ts');
  const { limits, file } = readConfig(env, config);
  if (limits.tiers.has(tier)) return tier;
  throw new CommandError(
    `--tier is "${tier}", but must be one of: ${[...limits.tiers.keys()].join(', ')}. Tiers stand under limits in ${file ?? 'tallyd.yaml'}.`,
  );
}

function givenSecret({ env, tokenFromEnv, tokenFromFile }: CreateOptions): string | undefined {
  if (tokenFromEnv !== undefined && tokenFromFile !== undefined)
    throw new CommandError('--token-from-env and --token-from-file both name a secret; give one of them.');
  if (tokenFromEnv === undefined && tokenFromFile === undefined) return undefined;
  const where = tokenFromEnv === undefined ? tokenFromFile! : `the variable ${tokenFromEnv}`;
  const secret = (tokenFromEnv === undefined ? readSecret(where) : (env[tokenFromEnv] ?? '')).trim();
  if (secret === '') throw new CommandError(`${where} is empty or not there; it must hold the secret.`);
  const problem = problemOfSecret(secret);
  if (problem !== undefined) throw new CommandError(`the secret in ${where} cannot be used: ${problem}`);
  return secret;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function sentences<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof TokenRefused) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}
