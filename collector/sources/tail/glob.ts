/** Globs over absolute paths: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any folders. */

export interface Glob {
  /** The deepest folder that all matches lie in. */
  base: string;
  matches: (path: string) => boolean;
  /** Whether a folder can hold matches, as far as its depth tells. */
  enters: (folder: string) => boolean;
}

/** Undefined for a path without glob characters. */
export function parseGlob(path: string): Glob | undefined {
  const parts = path.split('/');
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  if (first === -1) return undefined;
  const pattern = new RegExp(`^${toPattern(path)}$`, 'su');
  const depth = path.includes('**') || path.includes('{') ? Infinity : parts.length;
  return {
    base: parts.slice(0, first).join('/') || '/',
    matches: (candidate) => pattern.test(candidate),
    enters: (folder) => folder.split('/').length < depth,
  };
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|\{[^{}]*\}|[^]/gu;

function toPattern(glob: string): string {
  return glob.replaceAll(TOKEN, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('[')) {
      return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    }
    if (token.length > 1) return `(?:${token.slice(1, -1).split(',').map(toPattern).join('|')})`;
    return /[\w/]/.test(token) ? token : `\\u{${token.codePointAt(0)!.toString(16)}}`;
  });
}
