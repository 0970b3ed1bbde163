/** What a token is good for. */

/** `ingest` sends usage, `read` reads what was stored, `admin` does both and all that is to come. */
export const SCOPES = ['ingest', 'read', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Whether what a token has covers one of what is asked for; `admin` covers everything. */
export function covers(has: readonly Scope[], anyOf: readonly Scope[]): boolean {
  return has.includes('admin') || anyOf.some((scope) => has.includes(scope));
}
