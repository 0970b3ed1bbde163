/**
 * On a server a dictionary reads its source with credentials that stand in its definition. When the
 * configured password changes, the definition must follow.
 */
import { createHash } from 'node:crypto';
import type { Engine } from './engine.ts';
import { readMigrations, withCredentials } from './migrate.ts';
import { statements } from './statements.ts';
import { sqlString } from './sql.ts';

/** Defines the dictionaries again when the credentials are not those they were defined with. */
export async function renewDictionaryCredentials(engine: Engine): Promise<void> {
  if (engine.dictionaryCredentials === '') return;
  const hash = createHash('sha256').update(engine.dictionaryCredentials).digest('hex');
  const [row] = await engine.rows<{ hash: string }>(
    "SELECT argMax(value, set_at) AS hash FROM tallyd.settings WHERE name = 'dictionary_credentials'",
  );
  if (row?.hash === hash) return;
  const definitions = readMigrations()
    .flatMap((migration) => statements(migration.text))
    .filter((statement) => statement.startsWith('CREATE DICTIONARY IF NOT EXISTS'));
  for (const definition of definitions) {
    const renewed = definition.replace('CREATE DICTIONARY IF NOT EXISTS', 'CREATE OR REPLACE DICTIONARY');
    await engine.command(withCredentials(renewed, engine));
  }
  await engine.command(
    `INSERT INTO tallyd.settings (name, value) VALUES ('dictionary_credentials', ${sqlString(hash)})`,
  );
}
