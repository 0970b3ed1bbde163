/**
 * What Grafana does to PromQL before Prometheus gets it: the variables, as its Prometheus data source
 * writes them, and the intervals of time.
 */
import { ALL } from './expand.ts';

export interface PromChoices {
  /** What is chosen of each variable of the dashboard; several values become `(a|b)`. */
  variables: Readonly<Record<string, string | readonly string[]>>;
  /** As PromQL has it, such as `1m`. Grafana: four scrapes at least, and a step of the graph. */
  rateInterval: string;
  /** The dashboard's whole range. */
  range: string;
  /** A step of the graph. */
  interval: string;
}

/** The expression as Prometheus gets it. Throws where a variable is not the dashboard's. */
export function expandPromql(expr: string, choices: PromChoices): string {
  const builtIn: Record<string, string> = {
    __rate_interval: choices.rateInterval,
    __range: choices.range,
    __interval: choices.interval,
  };
  return expr.replaceAll(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced: string, bare: string) => {
    const name = braced ?? bare;
    const value = builtIn[name] ?? choices.variables[name];
    if (value === undefined) throw new Error(`${whole} is no variable of the dashboard, nor of Grafana`);
    return name in builtIn ? String(value) : matcher(name, value);
  });
}

/** As a regular expression inside of a quoted string: special characters are escaped twice. */
function matcher(name: string, value: string | readonly string[]): string {
  const values = typeof value === 'string' ? [value] : value;
  if (values.includes(ALL)) throw new Error(`All of ${name} must be put as its values`);
  const escaped = values.map((one) => one.replaceAll(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
}

/** The labels that a legend such as `{{source}} by {{via}}` names. */
export function legendLabels(legend: string): string[] {
  return [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label!);
}
