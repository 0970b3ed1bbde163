/** What the roles in a JWT allow. */
import { type Scope, SCOPES } from '../scopes.ts';

/** A viewer reads reports and dashboards, an analyst sends usage too, an admin does everything. */
export const ROLES: Readonly<Record<string, readonly Scope[]>> = {
  viewer: ['read'],
  analyst: ['ingest', 'read'],
  admin: ['admin'],
};

/**
 * The scopes of all roles that are known here; those that are not say nothing.
 * @param claim the claim's name, or a path to it: `realm_access.roles`. A claim whose name has dots in
 *   it goes before a path.
 */
export function scopesOfRoles(payload: Readonly<Record<string, unknown>>, claim: string): Scope[] {
  const roles = rolesIn(Object.hasOwn(payload, claim) ? payload[claim] : at(payload, claim.split('.')));
  const scopes = new Set(roles.flatMap((role) => (Object.hasOwn(ROLES, role) ? ROLES[role]! : [])));
  return SCOPES.filter((scope) => scopes.has(scope));
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** A list, or one text with spaces between the roles, as `scope` claims have it. */
function rolesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((role) => role !== '');
  return Array.isArray(value) ? value.filter((role) => typeof role === 'string') : [];
}
