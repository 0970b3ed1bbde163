/**
 * What Grafana and the ClickHouse plugin do to a statement before it reaches the server: in the browser
 * `$__conditionalAll` and the variables, in the plugin's backend the macros. Written after the behaviour
 * of plugin 4.20 (src/data/CHDatasource.ts, pkg/macros/macros.go) and Grafana's variable formats.
 */

export interface Choices {
  from: Date;
  to: Date;
  /** As Grafana gives it: an IANA name, `utc` or `browser`. @default 'utc' */
  timezone?: string;
  /** What is chosen; a variable that is not named is `All`, or the dashboard's default. */
  variables?: Readonly<Record<string, string | readonly string[]>>;
}

export const ALL = '$__all';

/** A dashboard's variable, as its JSON has it. */
export interface Variable {
  name: string;
  type: string;
  query?: unknown;
  datasource?: { type?: string } | null;
  current?: { value?: unknown };
}

/** The statement as the server gets it. */
export function expand(sql: string, variables: readonly Variable[], choices: Choices): string {
  const values = chosen(variables, choices);
  return expandMacros(interpolate(conditionalAll(sql, values), values), choices);
}

/** As the backend alone expands it: for rules, which have no variables. */
export function expandMacros(sql: string, { from, to }: Choices): string {
  const seconds = (at: Date): string => `toDateTime(${Math.floor(at.getTime() / 1000)})`;
  const milliseconds = (at: Date): string => `fromUnixTimestamp64Milli(${at.getTime()})`;
  const interval = intervalSeconds(from, to);
  const expanded = sql
    .replaceAll('$__fromTime_ms', milliseconds(from))
    .replaceAll('$__toTime_ms', milliseconds(to))
    .replaceAll('$__fromTime', seconds(from))
    .replaceAll('$__toTime', seconds(to))
    .replaceAll('$__interval_s', String(interval))
    .replaceAll(
      /\$__timeFilter_ms\(([^()]*)\)/g,
      (_, c: string) => `${c} >= ${milliseconds(from)} AND ${c} <= ${milliseconds(to)}`,
    )
    .replaceAll(
      /\$__timeFilter\(([^()]*)\)/g,
      (_, c: string) => `${c} >= ${seconds(from)} AND ${c} <= ${seconds(to)}`,
    )
    .replaceAll(
      /\$__timeInterval\(([^()]*)\)/g,
      (_, c: string) => `toStartOfInterval(toDateTime(${c}), INTERVAL ${interval} second)`,
    );
  const left = /\$__\w+/.exec(expanded)?.[0];
  if (left !== undefined) throw new Error(`${left} is no macro of the plugin, or one this expander lacks`);
  return expanded;
}

/** Grafana asks for about a thousand points. */
function intervalSeconds(from: Date, to: Date): number {
  return Math.max(1, Math.round((to.getTime() - from.getTime()) / 1000 / 1000));
}

type Values = Map<string, string | readonly string[]>;

function chosen(variables: readonly Variable[], choices: Choices): Values {
  const values: Values = new Map([
    ['__timezone', choices.timezone ?? 'utc'],
    ['__from', String(choices.from.getTime())],
    ['__to', String(choices.to.getTime())],
  ]);
  for (const { name, current } of variables) {
    const value = choices.variables?.[name] ?? current?.value ?? '';
    values.set(name, value as string | string[]);
  }
  return values;
}

/** Its arguments end at brackets and commas alone: quotes are not looked at. */
function conditionalAll(sql: string, values: Values): string {
  const macro = '$__conditionalAll(';
  let text = sql;
  for (let at = text.lastIndexOf(macro); at !== -1; at = text.lastIndexOf(macro)) {
    const args = macroArguments(text, at + macro.length);
    if (args.length !== 2) throw new Error(`$__conditionalAll takes two arguments: ${args.join(' | ')}`);
    const name = /(?<=\$\{)\w+(?=\})|(?<=\$)\w+/.exec(args[1]!)?.[0];
    if (name === undefined || !values.has(name))
      throw new Error(`${args[1]} is no variable of the dashboard`);
    const value = String(values.get(name));
    const whole = `${macro}${args.join(',')})`;
    // the first occurrence of the same text, as the plugin does
    text = text.replace(whole, () => (value === '' || value === ALL ? '1=1' : args[0]!));
  }
  return text;
}

function macroArguments(text: string, start: number): string[] {
  const args: string[] = [];
  let depth = 1;
  let begun = start;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return [...args, text.slice(begun, i)];
    else if (text[i] === ',' && depth === 1) {
      args.push(text.slice(begun, i));
      begun = i + 1;
    }
  }
  throw new Error('a $__conditionalAll( has no end');
}

/** `$name`, `${name}` and `${name:format}`. Names that Grafana does not know stay as they are. */
function interpolate(sql: string, values: Values): string {
  return sql.replaceAll(
    /\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g,
    (whole, braced: string, format: string, bare: string) => {
      const name = braced ?? bare;
      if (!values.has(name)) {
        if (name.startsWith('__')) return whole;
        throw new Error(`${whole} is no variable of the dashboard`);
      }
      return formatted(values.get(name)!, format, name);
    },
  );
}

function formatted(value: string | readonly string[], format: string | undefined, name: string): string {
  const list = typeof value === 'string' ? [value] : value;
  if (list.includes(ALL)) throw new Error(`${name} is All outside of $__conditionalAll`);
  switch (format) {
    case 'singlequote':
      return list.map((one) => `'${one.replaceAll("'", "\\'")}'`).join(',');
    case 'percentencode':
      if (list.length !== 1)
        throw new Error(`${name} has several values, which percentencode puts in braces`);
      return encodeURIComponent(list[0]!).replaceAll(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    case 'raw':
      return list.join(',');
    case undefined:
      // the plugin's own format: several values are quoted, one is not
      return typeof value === 'string' ? value : `'${value.join("','")}'`;
    default:
      throw new Error(`the format ${format} of ${name} is not known here`);
  }
}
