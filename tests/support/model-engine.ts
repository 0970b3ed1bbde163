/** The real engine as what the records of a model's case end in. */
import type { Shape } from '../../collector/sources/tail/testing/model-shapes.ts';
import type { ModelStore } from '../../collector/sources/tail/testing/run-cases.ts';
import type { Store } from '../../collector/store/store.ts';

/** Cases share the store; each has a dataset of its own. */
export function engineStoreOf(
  store: Store,
): (dataset: string, readsFiles: boolean, shape: Shape) => ModelStore {
  return (dataset, readsFiles, shape) => ({
    tail: {
      // frames are what a server gets; this engine reads both. Of tables a server gets the bytes, and
      // this engine a path, which must be one that it does not take for a glob
      readsFiles: readsFiles || shape === 'table',
      write: (batch) => store.write(batch),
      command: (sql) => store.command(sql),
      catchUp: () => store.catchUp(),
    },
    async stored() {
      // what a tail that was "killed" had under way may come after the next one has caught up; opening
      // the store, which a real crash ends in, computes the hours of it
      await store.catchUp();
      const rows = await store.rows<{ id: string; copies: number }>(
        `SELECT request_id AS id, toUInt32(sum(requests)) AS copies FROM tallyd.usage WHERE dataset = '${dataset}' GROUP BY id`,
      );
      const [sums] = await store.rows<{ events: number }>(
        `SELECT toUInt32(sum(requests)) AS events FROM tallyd.usage_hourly WHERE dataset = '${dataset}'`,
      );
      const ids = rows.flatMap(({ id, copies }) => Array.from({ length: copies }, () => id));
      if (sums!.events !== ids.length)
        throw new Error(`the hourly sums tell ${sums!.events} events, and there are ${ids.length}`);
      const rejected = await store.rows<{ reason: string; path: string }>(
        `SELECT reason, path FROM tallyd.rejected_records FINAL WHERE dataset = '${dataset}' AND source = 'model-lines'`,
      );
      return { ids, broken: rejected.map(({ reason, path }) => `${path}: ${reason}`) };
    },
  });
}
