/**
 * Query parameters (`param_name=…`) as the engine's binding wants them. In a URL a value is escaped
 * as in a TSV cell, and the binding escapes it again, so it is unescaped here.
 */
const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', 0: '\0', b: '\b', f: '\f' };

/** What the engine's binding takes; null is NULL. */
export type Bound = Record<string, string | null>;

/** @param skeleton the formatted statement, whose placeholders tell the types. */
export function bindAll(params: Record<string, string>, skeleton: string): Bound {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, bindable(value, typeOf(skeleton, name))]),
  );
}

/** Inside arrays, tuples and maps a value's escaped quote stays one, doubled. */
function bindable(value: string, type: string): string | null {
  if (value === '\\N') return null;
  const quote = /^(?:Array|Tuple|Map|Nested)/.test(type) ? "''" : "'";
  return value.replaceAll(/\\(.)/gs, (_whole, escaped: string) =>
    escaped === "'" ? quote : (ESCAPES[escaped] ?? escaped),
  );
}

/** The type that a placeholder declares, '' when there is none. */
function typeOf(skeleton: string, name: string): string {
  const at = skeleton.indexOf(`{${name}:`);
  return at === -1 ? '' : /^\w*/.exec(skeleton.slice(at + name.length + 2))![0];
}
