import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';

const folder = temporaryFolder('stuck-deletions');
const path = join(folder.path, 'store');
afterAll(() => folder.remove());

it('a deletion that looks into the table of a batch that is gone holds up no other', async () => {
  let store = await openTestStore(path);
  await store.command("INSERT INTO tallyd.rejected_records (path, record) VALUES ('a', 1), ('b', 1)");
  // what a crash in the middle of the deletion leaves
  await store.command("CREATE TABLE tallyd.batch_gone_read ENGINE = Memory AS SELECT 'a' AS path");
  await store.command('SYSTEM STOP MERGES tallyd.rejected_records');
  await store.command(
    'DELETE FROM tallyd.rejected_records WHERE path NOT IN (SELECT path FROM tallyd.batch_gone_read) ' +
      'SETTINGS lightweight_deletes_sync = 0',
  );
  await store.command('DROP TABLE tallyd.batch_gone_read SYNC');
  await store.close();

  store = await openTestStore(path);
  await store.command("DELETE FROM tallyd.rejected_records WHERE path = 'b'");
  expect(await store.rows('SELECT path FROM tallyd.rejected_records')).toEqual([{ path: 'a' }]);
  await store.close();
});
