import { describe, expect, it, onTestFinished } from 'vitest';
import { silentTelemetry } from '../../telemetry.ts';
import { LagReporter } from './lag.ts';

describe('the lag', () => {
  it('is told when the tail has caught up after it was behind, and then not again', () => {
    let told = 0;
    const file = {
      ...{ path: '/a', id: '1', size: 10, mtimeMs: 0, dataset: 'd', waitingSince: 0, changedAt: 0 },
      ...{ format: { name: 'x' }, root: {}, position: { offset: 4, readTo: 4 }, failures: 0, sweep: 1 },
    };
    const heard: unknown[] = [];
    const reporter = new LagReporter({
      telemetry: { ...silentTelemetry, tailLag: (lag) => (told++, heard.push(lag)) },
      files: () => [file as never],
      isBehind: () => false,
      everyMs: 60_000,
    });
    onTestFinished(() => reporter.stop());
    reporter.report(true);
    reporter.report(true);
    expect(heard).toEqual([{ source: 'x', files: 1, bytesBehind: 6, secondsBehind: 0 }]);
    reporter.report(false);
    reporter.report(false);
    expect(told).toBe(2);
  });
});
