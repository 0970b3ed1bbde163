/** Generated data below a folder, made once and used again: the same name, the same content. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder of that name and the facts about it; `make` fills a new one and says the facts. A folder is
 * put in its place when it is whole.
 */
export async function kept<T>(
  data: string,
  name: string,
  make: (folder: string) => T | Promise<T>,
): Promise<T & { folder: string }> {
  const folder = join(data, name);
  const facts = join(folder, 'facts.json');
  if (existsSync(facts)) return { folder, ...(JSON.parse(readFileSync(facts, 'utf8')) as T) };
  const partial = `${folder}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const made = await make(partial);
  writeFileSync(join(partial, 'facts.json'), JSON.stringify(made));
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return { folder, ...made };
}
