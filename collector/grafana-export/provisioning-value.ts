/**
 * Values in Grafana's provisioning files. Grafana expands `$NAME`, `${NAME}`, `$__env{NAME}` and
 * `$__file{path}` in them, an unset variable to nothing and without a word; `$$` stands for one `$`
 * (grafana: pkg/services/provisioning/values). Not expanded: dashboards, the queries of rules,
 * templates and mute timings.
 */

/** A text that Grafana reads as it is. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** A text that Grafana takes from its own environment when it starts. */
export function fromEnvironment(variable: string): string {
  return `\${${variable}}`;
}

/** The same structure with every string in it made {@link literal}. */
export function literally<T>(value: T): T {
  if (typeof value === 'string') return literal(value) as T;
  if (Array.isArray(value)) return value.map(literally) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, literally(inner)])) as T;
}
