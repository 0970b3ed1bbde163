import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { type EmbeddedEngine, openEmbedded } from './embedded.ts';
import type { Engine } from './engine.ts';
import { migrate, readMigrations } from './migrate.ts';
import { readSnapshot } from './schema-snapshot.ts';
import { type Migration, statements } from './statements.ts';

const folder = temporaryFolder('migrate');
let engine: EmbeddedEngine;
beforeAll(async () => {
  engine = await openEmbedded({ path: join(folder.path, 'store'), poolThreads: 12, maxThreads: 1 });
});
beforeEach(() => engine.command('DROP DATABASE IF EXISTS tallyd SYNC'));
afterAll(async () => {
  await engine.close();
  folder.remove();
});

/** The same engine with some of its behaviour changed. */
function engineWith(changes: Partial<Engine>): Engine {
  return {
    kind: 'embedded',
    readsFiles: true,
    dictionaryCredentials: '',
    command: (sql) => engine.command(sql),
    beside: engine.beside,
    rows: (sql) => engine.rows(sql),
    insertFrom: (source, build) => engine.insertFrom(source, build),
    rowsFrom: (source, build) => engine.rowsFrom(source, build),
    exclusively: (work) => engine.exclusively(work),
    close: () => Promise.resolve(),
    ...changes,
  };
}

const schema = () =>
  engine.rows(
    "SELECT name, create_table_query AS ddl FROM system.tables WHERE database = 'tallyd' ORDER BY name",
  );

describe('migrating', () => {
  it('applies everything once, and nothing the second time', async () => {
    const all = readMigrations().map(({ version }) => version);
    expect(await migrate(engine)).toEqual(all);
    const before = await schema();
    expect(await migrate(engine)).toEqual([]);
    expect(await schema()).toEqual(before);
    expect(await engine.rows('SELECT count() AS n FROM tallyd.schema_migrations')).toEqual([
      { n: all.length },
    ]);
  });

  it('applies what a newer version adds', async () => {
    const all = readMigrations();
    await migrate(engine, all.slice(0, 3));
    expect(await migrate(engine, all)).toEqual(all.slice(3).map(({ version }) => version));
  });

  /** An engine of a process that dies at its n-th statement of the schema, counted from 0. */
  function crashingAt(n: number): Engine {
    let left = n;
    return engineWith({
      command: (sql) => {
        // a process that died also leaves its lock
        if (left < 0 || (!sql.includes('schema_migration') && left-- === 0)) {
          left = -1;
          return Promise.reject(new Error('crash'));
        }
        return engine.command(sql);
      },
    });
  }

  const inSnapshot = readSnapshot().statements.length;
  const inMigrations = readMigrations().flatMap(({ text }) => statements(text)).length;
  it.each([
    ['at the first statement of a new store', [1]],
    ['in the middle of a new store', [Math.floor(inSnapshot / 2)]],
    ['at the last statement of a new store', [inSnapshot]],
    ['of a new store, and again in the first migration', [5, 1]],
    ['of a new store, and again in the migrations', [inSnapshot - 1, Math.floor(inMigrations / 2)]],
    ['of a new store, and twice in the migrations', [1, 9, inMigrations - 2]],
  ])('ends in the same schema after a crash %s', async (_when, crashes) => {
    await migrate(engine);
    const whole = await schema();
    await engine.command('DROP DATABASE tallyd SYNC');
    for (const at of crashes) {
      await expect(migrate(crashingAt(at))).rejects.toThrow('crash');
      expect(
        await engine.rows("SELECT 1 FROM system.tables WHERE name = 'schema_migration_lock'"),
      ).toHaveLength(1);
    }
    await migrate(engine);
    expect(await schema()).toEqual(whole);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await migrate(engine);
    const edited = readMigrations().map((m): Migration => (m.version === 2 ? { ...m, hash: 'other' } : m));
    await expect(migrate(engine, edited)).rejects.toThrow(
      /0002_create_rejected_records is not the text that was applied.*add a new migration/,
    );
  });

  it('refuses a store that a newer version wrote', async () => {
    await migrate(engine);
    await expect(migrate(engine, readMigrations().slice(0, -1))).rejects.toThrow(
      /written by a newer tallyd\. Upgrade/,
    );
  });

  it('puts credentials into the source of every dictionary as they are', async () => {
    const seen: string[] = [];
    const credentials = `USER 'u' PASSWORD '$& $\\' $1' `;
    const server = engineWith({
      kind: 'server',
      dictionaryCredentials: credentials,
      command: (sql) => {
        seen.push(sql);
        return engine.command(sql.replace(credentials, () => ''));
      },
    });
    await migrate(server);
    expect(seen.filter((sql) => sql.includes(`SOURCE(CLICKHOUSE(${credentials}QUERY`))).toHaveLength(2);
  });
});

describe('the lock of a server', () => {
  const server = () => engineWith({ kind: 'server' });

  it('is waited for while it is fresh, and taken when it is old', async () => {
    await engine.command('CREATE DATABASE tallyd ENGINE = Atomic');
    await engine.command(
      "CREATE TABLE tallyd.schema_migration_lock ENGINE = Memory AS SELECT 'someone' AS owner",
    );
    let done = false;
    const migrating = migrate(server()).then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(done).toBe(false);
    const [lock] = await engine.rows<{ path: string }>(
      "SELECT metadata_path AS path FROM system.tables WHERE name = 'schema_migration_lock'",
    );
    const old = Date.now() / 1000 - 120;
    utimesSync(
      join(folder.path, 'store', lock!.path.replace(`${join(folder.path, 'store')}/`, '')),
      old,
      old,
    );
    await migrating;
    expect(await engine.rows("SELECT 1 FROM system.tables WHERE name = 'schema_migration_lock'")).toEqual([]);
  });

  it('lets one of two migrate and the other find everything done', async () => {
    const results = await Promise.all([migrate(server()), migrate(server())]);
    expect(results.map((applied) => applied.length).sort()).toEqual([0, readMigrations().length]);
  });
});

describe('the folder of migrations', () => {
  let made = 0;
  const folderOf = (...names: string[]) => {
    const path = join(folder.path, `migrations-${made++}`);
    mkdirSync(path);
    for (const name of names) writeFileSync(join(path, name), 'SELECT 1;\n');
    return path;
  };

  it.each([
    ['a gap', ['0001_a.sql', '0003_c.sql'], 'number 0002 is missing or double'],
    ['a double number', ['0001_a.sql', '0001_b.sql'], 'number 0002 is missing or double'],
    ['a strange name', ['0001_a.sql', '2_b.sql'], 'a name is NNNN_words.sql'],
  ])('is refused with %s', (_what, names, message) => {
    expect(() => readMigrations(folderOf(...names))).toThrow(message);
  });

  it('may hold other files', () => {
    expect(readMigrations(folderOf('0001_a.sql', 'README.md'))).toMatchObject([{ version: 1, name: 'a' }]);
  });
});

describe('the statements of a migration', () => {
  it('end with a semicolon at the end of a line, comments apart', () => {
    expect(statements("-- a; b\nSELECT ';' AS a,\n-- c\n 2;\n\nSELECT 3; \n-- end\n")).toEqual([
      "SELECT ';' AS a,\n\n 2",
      'SELECT 3',
    ]);
  });
});
