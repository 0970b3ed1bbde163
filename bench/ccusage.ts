/** ccusage, which many people use for the same question. It stores nothing and reads everything each time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, runToEnd } from './measuring/process.ts';

const VERSION = '20.0.20';
export const CCUSAGE = `ccusage ${VERSION}`;

/** The program, installed below `data` when it is not there. */
export function installCcusage(data: string, say: (text: string) => void): string {
  const folder = join(data, `ccusage-${VERSION}`);
  const program = join(folder, 'node_modules/.bin/ccusage');
  const native = `@ccusage/ccusage-${process.platform}-${process.arch}`;
  if (existsSync(program) && existsSync(join(folder, 'node_modules', native))) return program;
  say(`installing ${CCUSAGE} in ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `ccusage@${VERSION}`, `${native}@${VERSION}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return program;
}

/** Its daily report over a Claude Code home, as JSON. */
export function ccusageDaily(program: string, home: string): Promise<Run> {
  return runToEnd({
    name: CCUSAGE,
    command: program,
    args: ['claude', 'daily', '--offline', '--json'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TZ: 'UTC', CLAUDE_CONFIG_DIR: home },
  });
}
