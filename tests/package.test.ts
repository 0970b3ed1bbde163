import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../collector/package-root.ts';

interface Lock {
  packages: Record<string, { version?: string; resolved?: string }>;
}

describe('the lock file', () => {
  const text = readFileSync(join(packageRoot, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as Lock;

  it('has the engine for every platform, though an install on one of them drops the others', () => {
    const chdb = createRequire(import.meta.url)('chdb/package.json') as {
      optionalDependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(chdb.optionalDependencies)) {
      expect(packages[`node_modules/${name}`]).toMatchObject({ version });
    }
  });

  it('names no registry, so that everyone installs from their own', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
