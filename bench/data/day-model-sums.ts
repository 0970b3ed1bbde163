/** Sums by day (UTC) and model: what is known of generated data, and what every reader must give. */

export interface Sums {
  input: number;
  cacheWrite: number;
  cacheRead: number;
  output: number;
}

/** By `day model`, such as `2026-03-01 claude-opus-4-5`. */
export type DayModelSums = Record<string, Sums>;

export function addTo(sums: DayModelSums, day: string, model: string, more: Sums): void {
  const key = `${day} ${model}`;
  const sum = (sums[key] ??= { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 });
  sum.input += more.input;
  sum.cacheWrite += more.cacheWrite;
  sum.cacheRead += more.cacheRead;
  sum.output += more.output;
}

/** The daily report of ccusage, whose shape tallyd's has. */
interface DailyReport {
  daily: {
    date: string;
    modelBreakdowns: {
      modelName: string;
      inputTokens: number;
      outputTokens: number;
      cacheCreationTokens: number;
      cacheReadTokens: number;
    }[];
  }[];
}

/** What a daily report in JSON says. */
export function ofDailyReport(json: string): DayModelSums {
  const sums: DayModelSums = {};
  for (const { date, modelBreakdowns } of (JSON.parse(json) as DailyReport).daily) {
    for (const model of modelBreakdowns) {
      addTo(sums, date, model.modelName, {
        input: model.inputTokens,
        cacheWrite: model.cacheCreationTokens,
        cacheRead: model.cacheReadTokens,
        output: model.outputTokens,
      });
    }
  }
  return sums;
}

/** Thrown where a total is not what it must be: then no time is worth printing. */
export class WrongTotals extends Error {
  constructor(who: string, differences: readonly string[]) {
    const more = differences.length > 5 ? `\n  and ${differences.length - 5} more` : '';
    super(`${who} does not give what was generated:\n  ${differences.slice(0, 5).join('\n  ')}${more}`);
    this.name = 'WrongTotals';
  }
}

/** Throws {@link WrongTotals} unless both are the same to the token. */
export function mustBe(truth: DayModelSums, found: DayModelSums, who: string): void {
  const differences: string[] = [];
  for (const key of new Set([...Object.keys(truth), ...Object.keys(found)])) {
    const [wanted, got] = [shown(truth[key]), shown(found[key])];
    if (wanted !== got) differences.push(`${key}: ${got} instead of ${wanted}`);
  }
  if (differences.length > 0) throw new WrongTotals(who, differences.sort());
}

function shown(sums: Sums | undefined): string {
  if (!sums) return 'nothing';
  return `${sums.input} in, ${sums.cacheWrite} cache write, ${sums.cacheRead} cache read, ${sums.output} out`;
}
