import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/store.ts';
import { changeTokens } from './change-tokens.ts';
import { addToken } from './token-list.ts';
import { readTokens, readTokensIfAny, TokensFileError, warningOf } from './tokens-file.ts';

const folder = temporaryFolder('tokens-file');
afterAll(() => folder.remove());
let files = 0;
const newPath = (): string => join(folder.path, `${files++}`, 'tokens.json');

const add = (path: string, name: string) =>
  changeTokens(path, (tokens) => {
    const added = addToken(tokens, { name, scopes: ['ingest'], expiresAt: undefined, now: Date.now() });
    return { tokens: added.tokens, result: added };
  });

function written(content: string, mode = 0o600): string {
  const path = newPath();
  mkdirSync(join(path, '..'));
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function problemOf(path: string): string {
  try {
    readTokens(path);
  } catch (error) {
    expect(error).toBeInstanceOf(TokensFileError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('the tokens file', () => {
  it('is made with its folder, for its owner only, and gives back what was put in', async () => {
    const path = newPath();
    expect(readTokensIfAny(path)).toBeUndefined();
    const { token } = await add(path, 'ci');
    expect(readTokens(path)).toEqual([token]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 1 });
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
  });

  it('loses nothing when many commands change it at once', async () => {
    const path = newPath();
    const names = Array.from({ length: 20 }, (_, number) => `n${number}`);
    await Promise.all(names.map((name) => add(path, name)));
    const found = readTokens(path).map(({ name }) => name);
    expect(found.sort()).toEqual(names.sort());
  });

  it('is not changed while another command holds it, but after one that was killed', async () => {
    const path = written('{"version":1,"tokens":[]}');
    writeFileSync(`${path}.lock`, '');
    const waiting = add(path, 'ci');
    const longAgo = new Date(Date.now() - 60_000);
    expect(readTokens(path)).toEqual([]);
    utimesSync(`${path}.lock`, longAgo, longAgo);
    await waiting;
    expect(readTokens(path)).toHaveLength(1);
  });

  it('is changed behind a link, which stays', async () => {
    const path = written('{"version":1,"tokens":[]}');
    const link = `${path}.link`;
    symlinkSync(path, link);
    await add(link, 'ci');
    expect(readTokens(path)).toHaveLength(1);
    expect(readTokens(link)).toHaveLength(1);
  });

  it('stays as it was when a change fails', async () => {
    const path = written('{"version":1,"tokens":[]}');
    const change = changeTokens(path, () => {
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    expect(readdirSync(join(path, '..'))).toEqual(['tokens.json']);
    await expect(add(written('{'), 'ci')).rejects.toThrow(/is not JSON/);
  });

  it('that does not exist names the command that makes it', () => {
    const path = newPath();
    expect(problemOf(path)).toMatch(/does not exist; make it.*tallyd token create NAME/);
  });

  it.each([
    ['{"version":1,"tok', /is not JSON.*tallyd token create/],
    ['[]', /is no file of tokens/],
    ['{"version":2,"tokens":[]}', /version/],
    ['{"version":1,"tokens":[{"id":"a"}]}', /tokens\.0\.name/],
    [tokenWith('"expire_at":"2027-01-01T00:00:00Z"'), /tokens\.0.*expire_at/],
    [tokenWith('"expires_at":"soon"'), /tokens\.0\.expires_at: must be a time/],
    [tokenWith('"hash":"abc"'), /tokens\.0\.hash: must be sha256/],
  ])('is refused as %s', (content, sentence) => {
    expect(problemOf(written(content))).toMatch(sentence);
  });

  it('is refused when others may write it, and warned about when they may read it', () => {
    const empty = '{"version":1,"tokens":[]}';
    expect(problemOf(written(empty, 0o620))).toMatch(/may be written by others \(mode 620\).*chmod 600/);
    const readable = written(empty, 0o644);
    expect(readTokens(readable)).toEqual([]);
    expect(warningOf(readable)).toMatch(/may be read by others \(mode 644\).*chmod 600/);
    expect(warningOf(written(empty))).toBeUndefined();
  });
});

/** A token of which one key is another than it should be. */
function tokenWith(key: string): string {
  const fine = `"id":"a","name":"n","scopes":["read"],"created_at":"2026-01-01T00:00:00Z"`;
  const hash = key.startsWith('"hash"') ? '' : `,"hash":"sha256:${'0'.repeat(64)}"`;
  return `{"version":1,"tokens":[{${fine}${hash},${key}}]}`;
}
