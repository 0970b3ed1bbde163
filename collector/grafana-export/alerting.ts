/** Alerting as Grafana's file provisioning reads it. */
import type { Generated, OfOrg, Rule, RuleGroup } from './generated.ts';
import { NOTIFICATION_VARIABLES, valueOf } from './notification-variables.ts';
import { fromEnvironment, literal, literally } from './provisioning-value.ts';
import type { Secrets } from './datasources.ts';
import type { Remembered } from './manifest.ts';

/** Contact points and policies, with plain values: what stands for itself. */
export interface Notifications {
  contactPoints?: ContactPoint[];
  policies?: OfOrg[];
  muteTimes?: OfOrg[];
}

export interface ContactPoint {
  orgId?: number;
  name: string;
  receivers: { uid: string; type: string; settings: Record<string, unknown>; [other: string]: unknown }[];
}

export interface Place {
  org: number;
  folder: string;
  /** What goes before the path of a rule's runbook; without it the path alone is told. */
  docsUrl: string | undefined;
}

/** The rules, in their organisation and folder; those that earlier exports had are deleted. */
export function rulesFile({ groups }: Generated, place: Place, known: readonly string[]): object {
  const { org, folder, docsUrl } = place;
  const now = uidsOf(groups);
  const gone = known.filter((uid) => !now.includes(uid));
  return {
    apiVersion: 1,
    groups: groups.map((group) => ({
      ...group,
      orgId: org,
      folder: literal(folder),
      rules: group.rules.map((rule) => withRunbook(rule, docsUrl)),
    })),
    // Grafana keeps a rule that is no longer in a file
    ...(gone.length > 0 && { deleteRules: gone.map((uid) => ({ orgId: org, uid })) }),
  };
}

/** Grafana makes a link of `runbook_url`; a path that leads nowhere from there is told as `runbook`. */
function withRunbook(rule: Rule, docsUrl: string | undefined): Rule {
  const { runbook_url: path, ...annotations } = rule.annotations ?? {};
  if (path === undefined) return rule;
  // Grafana would expand a $ in an annotation
  const runbook: Record<string, string> =
    docsUrl === undefined
      ? { runbook: path }
      : { runbook_url: `${docsUrl.replaceAll('$', '%24')}/${path.replace(/^\//, '')}` };
  return { ...rule, annotations: { ...annotations, ...runbook } };
}

export function uidsOf(groups: readonly RuleGroup[]): string[] {
  return groups.flatMap((group) => group.rules.map((rule) => rule.uid));
}

/** Message templates. Grafana expands nothing in them, nor in mute timings. */
export function templatesFile({ templates }: Generated, org: number): object {
  return { apiVersion: 1, templates: templates.map((template) => ({ ...template, orgId: org })) };
}

/** Mute timings; those that earlier exports had are deleted. */
export function muteTimesFile(muteTimes: readonly OfOrg[], org: number, known: readonly string[]): object {
  const gone = known.filter((name) => !muteTimes.some((one) => one.name === name));
  return {
    apiVersion: 1,
    muteTimes: muteTimes.map((one) => ({ ...one, orgId: org })),
    ...(gone.length > 0 && { deleteMuteTimes: gone.map((name) => ({ orgId: org, name })) }),
  };
}

export interface NotificationOptions {
  org: number;
  secrets: Secrets;
  env: Readonly<Record<string, string | undefined>>;
  remembered: Remembered;
}

/**
 * Contact points and policies; undefined when there are none and there were none before. What an
 * earlier export brought and this one has not is taken back, and nothing else.
 */
export function notificationsFile(given: Notifications, options: NotificationOptions): object | undefined {
  const { org, secrets, env, remembered } = options;
  const { contactPoints = [], policies = [] } = given;
  const now = receiverUids(given);
  const gone = remembered.contactPoints.filter((uid) => !now.includes(uid));
  const reset = remembered.policies && policies.length === 0;
  if (contactPoints.length === 0 && policies.length === 0 && gone.length === 0 && !reset) return undefined;
  const values = secrets === 'env' ? secretValues(env) : new Map<string, string>();
  const place = (things: readonly object[]): unknown[] => things.map((thing) => ({ ...thing, orgId: org }));
  return {
    apiVersion: 1,
    ...(contactPoints.length > 0 && { contactPoints: referring(place(contactPoints), values) }),
    ...(policies.length > 0 && { policies: literally(place(policies)) }),
    ...(reset && { resetPolicies: [org] }),
    ...(gone.length > 0 && { deleteContactPoints: gone.map((uid) => ({ orgId: org, uid })) }),
  };
}

export function receiverUids({ contactPoints = [] }: Notifications): string[] {
  return contactPoints.flatMap(({ receivers }) => receivers.map(({ uid }) => uid));
}

function secretValues(env: NotificationOptions['env']): Map<string, string> {
  const secrets = NOTIFICATION_VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);
  return new Map(
    secrets.flatMap((name) => {
      const value = valueOf(env, name);
      return value === undefined ? [] : [[value, name] as const];
    }),
  );
}

/** Strings that are a secret become a reference to its variable; all others stand for themselves. */
function referring(value: unknown, secrets: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    const variable = secrets.get(value);
    return variable === undefined ? literal(value) : fromEnvironment(variable);
  }
  if (Array.isArray(value)) return value.map((inner) => referring(inner, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, referring(inner, secrets)]));
}
