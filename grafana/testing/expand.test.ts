import { describe, expect, it } from 'vitest';
import { ALL, expand, expandMacros } from './expand.ts';

const range = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-02T00:00:00Z') };
const variables = [
  { name: 'model', type: 'query', current: { value: ALL } },
  { name: 'cost_mode', type: 'custom', current: { value: 'cost_usd' } },
];
const filtered =
  "SELECT sum(${cost_mode}) FROM t WHERE $__conditionalAll(if(model = '', '(none)', model) IN (${model:singlequote}), $model)";

describe('expanding a statement as Grafana and the plugin do', () => {
  it('leaves a condition out where everything is chosen', () => {
    expect(expand(filtered, variables, range)).toBe('SELECT sum(cost_usd) FROM t WHERE 1=1');
  });

  it('quotes what is chosen, an apostrophe included', () => {
    const choices = { ...range, variables: { model: ["o'1", 'opus'] } };
    expect(expand(filtered, variables, choices)).toBe(
      "SELECT sum(cost_usd) FROM t WHERE if(model = '', '(none)', model) IN ('o\\'1','opus')",
    );
  });

  it('encodes what was typed, quotes and backslashes included, where that is asked for', () => {
    const choices = { ...range, variables: { model: "C:\\it's (100%)*" } };
    expect(expand("SELECT '${model:percentencode}'", variables, choices)).toBe(
      "SELECT 'C%3A%5Cit%27s%20%28100%25%29%2A'",
    );
  });

  it('makes seconds of the range, inclusive at both ends', () => {
    expect(expandMacros('$__timeFilter(ts) AND $__fromTime < $__toTime', range)).toBe(
      'ts >= toDateTime(1772323200) AND ts <= toDateTime(1772409600) AND toDateTime(1772323200) < toDateTime(1772409600)',
    );
  });

  it('does not let a misspelt variable or macro pass', () => {
    expect(() => expand('SELECT $modle', variables, range)).toThrow('$modle');
    expect(() => expandMacros('SELECT $__fromTme', range)).toThrow('$__fromTme');
    expect(() => expand('SELECT ${model:singlequote}', variables, range)).toThrow('outside');
  });
});
