/**
 * Reads provisioning as Grafana does: which files of a folder, which values are expanded, and how
 * (grafana: pkg/services/provisioning, values.go; Go's os.Expand).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$$` is a `$`; between them `$__env{}` and Go's `os.ExpandEnv`, where unset is empty. */
export function interpolate(text: string, env: Environment): string {
  return text
    .split('$$')
    .map((part) => expandGo(expandSettings(part, env), env))
    .join('$');
}

function expandSettings(text: string, env: Environment): string {
  return text.replaceAll(/\$__env\{([^}]*)\}/g, (_, name: string) => env[name] ?? '');
}

/** os.Expand: a name is letters, digits and _, or one special character; `$` before anything else is dropped with a bad name. */
function expandGo(text: string, env: Environment): string {
  return text.replaceAll(
    /\$(?:\{([^}]*)\}|([A-Za-z0-9_]+|[*#$@!?-]))|\$\{/g,
    (_, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '',
  );
}

function everywhere(value: unknown, env: Environment): unknown {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((inner) => everywhere(inner, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, everywhere(inner, env)]));
}

export interface Provisioned {
  datasources: Record<string, unknown>[];
  deleteDatasources: Record<string, unknown>[];
  providers: { folder: string; options: { path: string } }[];
  groups: {
    orgId: number;
    folder: string;
    rules: { uid: string; annotations?: object; data: { model: unknown }[] }[];
  }[];
  deleteRules: { orgId: number; uid: string }[];
  contactPoints: { name: string; orgId: number; receivers: { settings: Record<string, unknown> }[] }[];
  deleteContactPoints: { orgId: number; uid: string }[];
  policies: Record<string, unknown>[];
  resetPolicies: number[];
  templates: Record<string, unknown>[];
  muteTimes: Record<string, unknown>[];
  deleteMuteTimes: { orgId: number; name: string }[];
}

/** What a Grafana with this environment makes of a provisioning folder; throws where it would not start. */
export function provision(folder: string, env: Environment = {}): Provisioned {
  const read = (kind: string, suffix: RegExp, strict: boolean): Record<string, unknown[]>[] =>
    // Grafana logs that a folder is absent, and goes on
    (existsSync(join(folder, kind)) ? readdirSync(join(folder, kind), { withFileTypes: true }) : [])
      .filter((entry) => {
        if (suffix.test(entry.name)) return true;
        if (strict) throw new Error(`file has invalid suffix '${entry.name}' (.yaml,.yml,.json accepted)`);
        return false;
      })
      .map(
        (entry) => parse(readFileSync(join(folder, kind, entry.name), 'utf8')) as Record<string, unknown[]>,
      );
  const sources = read('datasources', /\.ya?ml$/, false).map((file) => everywhere(file, env));
  const dashboards = read('dashboards', /\.ya?ml$/, false).map((file) => everywhere(file, env));
  const alerting = read('alerting', /\.(ya?ml|json)$/, true);
  const all = <T>(files: unknown[], key: string): T[] =>
    files.flatMap((file) => (file as Record<string, T[]>)[key] ?? []);
  const expanded = (key: string) => everywhere(all(alerting, key), env) as never;
  return {
    datasources: all(sources, 'datasources'),
    deleteDatasources: all(sources, 'deleteDatasources'),
    providers: all(dashboards, 'providers'),
    groups: all<Provisioned['groups'][number]>(alerting, 'groups').map((group) => ({
      ...group,
      folder: interpolate(group.folder, env),
    })),
    deleteRules: expanded('deleteRules'),
    contactPoints: expanded('contactPoints'),
    deleteContactPoints: expanded('deleteContactPoints'),
    policies: expanded('policies'),
    resetPolicies: all(alerting, 'resetPolicies'),
    templates: all(alerting, 'templates'),
    muteTimes: all(alerting, 'muteTimes'),
    deleteMuteTimes: all(alerting, 'deleteMuteTimes'),
  };
}
