/** Corpora on the disk, generated once and used again: same options, same folder. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ClaudeCodeOptions, type CorpusFacts, generateClaudeCode } from './claude-code.ts';

/** Another number where the generator writes other bytes. */
const VERSION = 1;

export interface Corpus extends CorpusFacts {
  /** What CLAUDE_CONFIG_DIR is set to. */
  home: string;
}

/** The corpus below `data`, generated when it is not there yet. */
export function claudeCodeCorpus(
  data: string,
  options: ClaudeCodeOptions,
  say: (text: string) => void,
): Corpus {
  const home = join(data, `claude-code-v${VERSION}-${options.seed}-${options.entries}`);
  // written last, so a corpus without it is not whole
  const facts = join(home, 'facts.json');
  if (existsSync(facts)) return { home, ...(JSON.parse(readFileSync(facts, 'utf8')) as CorpusFacts) };
  say(`generating ${options.entries.toLocaleString('en')} entries (seed ${options.seed}) in ${home}`);
  const partial = `${home}.${process.pid}`;
  const written = writeFiles(partial, options);
  writeFileSync(join(partial, 'facts.json'), JSON.stringify(written));
  rmSync(home, { recursive: true, force: true });
  renameSync(partial, home);
  return { home, ...written };
}

function writeFiles(home: string, options: ClaudeCodeOptions): CorpusFacts {
  const made = new Set<string>();
  const files = generateClaudeCode(options);
  for (;;) {
    const next = files.next();
    if (next.done) return next.value;
    const target = join(home, next.value.path);
    const folder = dirname(target);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(target, next.value.content);
  }
}
