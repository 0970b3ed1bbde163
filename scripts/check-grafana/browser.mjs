// What Grafana and the ClickHouse plugin do to a query in the browser, before it is sent: variables, and
// the one macro that looks at them. All other macros are the plugin's backend's, and travel as they are.

const ALL = '$__all';
const CONDITIONAL = '$__conditionalAll(';
/** Kinds of variables whose query is their value. */
const WRITTEN = ['constant', 'textbox'];

/** A query with every text in it as the browser sends it, each variable at its default. */
export function inBrowser(query, variables, { from, to }) {
  const values = new Map([
    ['__from', String(from)],
    ['__to', String(to)],
    ['__timezone', 'utc'],
  ]);
  for (const { name, type, current, query: text } of variables)
    values.set(name, current?.value ?? (WRITTEN.includes(type) ? text : ''));
  const expand = (value) => {
    if (typeof value === 'string') return interpolate(conditionals(value, values), values);
    if (Array.isArray(value)) return value.map(expand);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
  };
  return expand(query);
}

/** `$__conditionalAll(condition, $variable)`: the condition, or 1=1 where the variable is All. */
function conditionals(text, values) {
  const at = text.lastIndexOf(CONDITIONAL);
  if (at === -1) return text;
  const end = closing(text, at + CONDITIONAL.length);
  const inner = text.slice(at + CONDITIONAL.length, end);
  const comma = inner.lastIndexOf(',');
  const name = /\$\{?(\w+)/.exec(inner.slice(comma))?.[1];
  const value = [values.get(name)].flat();
  const condition = value.includes(ALL) || value.join('') === '' ? '1=1' : inner.slice(0, comma);
  return conditionals(text.slice(0, at) + condition + text.slice(end + 1), values);
}

function closing(text, start) {
  for (let i = start, depth = 1; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  throw new Error('a $__conditionalAll( has no end');
}

function interpolate(text, values) {
  return text.replaceAll(/\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g, (whole, braced, format, bare) => {
    const name = braced ?? bare;
    if (!values.has(name)) return whole;
    return formatted([values.get(name)].flat(), format);
  });
}

function formatted(values, format) {
  // only PromQL has All outside of the macro; Grafana writes all values there, which any value is like
  if (values.includes(ALL)) return '.+';
  const quoted = () => values.map((value) => `'${String(value).replaceAll("'", "\\'")}'`).join(',');
  if (format === 'singlequote') return quoted();
  if (format === undefined && values.length > 1) return quoted();
  return values.join(',');
}
