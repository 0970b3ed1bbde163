import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../formats/claude-code/recognise.ts';
import type { Format } from '../../formats/format.ts';
import { openCode, openCodeJson } from '../../formats/opencode/recognise.ts';
import { findAgentRoots } from './agent-roots.ts';
import { FollowedRoot } from './followed-root.ts';
import { testFolder } from './testing/folder.ts';

const formats = [claudeCode];

function rootsOf(home: string, env: Record<string, string> = {}) {
  return findAgentRoots(env, home, formats).map(({ path, dataset }) => [path.replace(home, '~'), dataset]);
}

describe("agents' roots", () => {
  it('are both default folders, whether they exist yet or not', () => {
    expect(rootsOf(testFolder().path)).toEqual([
      ['~/.config/claude/projects', 'claude-code'],
      ['~/.claude/projects', 'claude-code'],
    ]);
  });

  it('honour XDG_CONFIG_HOME', () => {
    const home = testFolder().path;
    expect(rootsOf(home, { XDG_CONFIG_HOME: `${home}/xdg` })[0]).toEqual([
      '~/xdg/claude/projects',
      'claude-code',
    ]);
  });

  it('are read once where one is a link to the other', () => {
    const home = testFolder().path;
    mkdirSync(join(home, '.claude/projects'), { recursive: true });
    mkdirSync(join(home, '.config'));
    symlinkSync(join(home, '.claude'), join(home, '.config/claude'));
    expect(rootsOf(home)).toEqual([['~/.config/claude/projects', 'claude-code']]);
  });

  it("are those of the agent's variable, which may name the folder above or the folder itself", () => {
    const home = testFolder().path;
    for (const name of ['one/projects', 'two/projects']) mkdirSync(join(home, name), { recursive: true });
    expect(rootsOf(home, { CLAUDE_CONFIG_DIR: ` ~/one, ${home}/two/projects/ ,~/absent,` })).toEqual([
      ['~/one/projects', join(home, 'one')],
      ['~/two/projects', join(home, 'two')],
    ]);
  });

  it('wait for what the variable names when none of it exists', () => {
    const home = testFolder().path;
    expect(rootsOf(home, { CLAUDE_CONFIG_DIR: '~/later' })).toEqual([
      ['~/later/projects', join(home, 'later')],
    ]);
  });

  it('may be the root itself', () => {
    const format: Format = {
      ...claudeCode,
      agent: { variable: 'X', roots: ['~/.x/tmp'], folders: [''], endings: ['.json'] },
    };
    expect(findAgentRoots({}, '/home/me', [format])).toMatchObject([{ path: '/home/me/.x/tmp' }]);
  });

  it('may be files: the databases of an agent, without what else lies beside them', () => {
    const env = { OPENCODE_DATA_DIR: '/data/opencode' };
    const roots = findAgentRoots(env, '/home/u', [openCode, openCodeJson]);
    expect(roots.map(({ path }) => path)).toEqual([
      '/data/opencode/opencode*.db',
      '/data/opencode/storage/message',
    ]);
    const root = new FollowedRoot(roots[0]!, 0);
    expect(root.base).toBe('/data/opencode');
    expect(root.follows('/data/opencode/opencode-dev.db')).toBe(true);
    expect(root.follows('/data/opencode/auth.json')).toBe(false);
    expect(root.enters('/data/opencode/snapshot')).toBe(false);
  });
});
