/** Random damage to the bytes of a file, as fast-check generates and shrinks it. */
import fc from 'fast-check';

/** One change to a file. `at` and `span` are places, wherever they fall in the file at hand. */
export interface Damage {
  kind: (typeof KINDS)[number];
  at: number;
  span: number;
  value: string;
}

/** Damage that mostly leaves the rest as it was: of one value, cell, key or line. */
const MILD = [
  'another number',
  'another value',
  'another cell',
  'swap cells',
  'rename a key',
  'remove a value',
  'repeat a line',
] as const;

const KINDS = ['flip a bit', 'remove bytes', 'repeat bytes', 'cut off', 'insert', ...MILD] as const;

/** What programs get wrong, as JSON and as cells. */
export const ODD_VALUES: readonly string[] = [
  ...['', '0', '-0', '-1', '1.5', '0.1', '1e3', '1e18', '1e309', '-1e309', 'NaN', 'Infinity', '-Infinity'],
  ...['2147483648', '4294967296', '9007199254740993', '9223372036854775807', '9223372036854775808'],
  ...['18446744073709551615', '18446744073709551616', '9'.repeat(45), `0.${'0'.repeat(40)}1`, '1,000', '007'],
  ...['null', 'true', '[]', '{}', '[{}]', '{"a":{}}', '"x"', '"\\ud800"', '"\\udc00x"', '"\\u0000"', '"'],
  ...['"0000-01-01T00:00:00Z"', '"0001-01-01T00:00:00Z"', '"1969-12-31T23:59:59Z"', '"2262-04-12T00:00:00Z"'],
  ...['"9999-12-31T23:59:59Z"', '"2026-02-30T00:00:00Z"', '"2026-01-01T25:61:61Z"', '"2026-01-01"'],
  ...[
    '0000-01-01',
    '9999-12-31',
    '2026-02-30',
    '1900-01-01T00:00:00Z',
    '2299-12-31T23:59:59.999Z',
    '-62135596800',
  ],
  ...[
    '253402300799',
    '1e12',
    '\0',
    '\xff',
    '\xed\xa0\x80',
    '\n',
    '\r',
    '\r\n',
    '\\',
    "'",
    '=1+1',
    ',,,,',
    '{{x}}',
  ],
  ...[`"${'x'.repeat(70_000)}"`, 'é', '[['.repeat(200), '"a":'],
];

function damageOf(kinds: readonly Damage['kind'][]): fc.Arbitrary<Damage> {
  return fc.record({
    kind: fc.constantFrom(...kinds),
    at: fc.nat(0xffffff),
    span: fc.nat(0xffff),
    value: fc.constantFrom(...ODD_VALUES),
  });
}

export const damage = damageOf(KINDS);
export const mildDamage = damageOf(MILD);

/** The bytes after the damage, in order. */
export function damaged(bytes: Buffer, damages: readonly Damage[]): Buffer {
  // Latin-1 keeps every byte as it is
  return Buffer.from(damages.reduce(applied, bytes.toString('latin1')), 'latin1');
}

function applied(text: string, { kind, at, span, value }: Damage): string {
  const place = text.length === 0 ? 0 : at % text.length;
  const end = Math.min(text.length, place + 1 + (span % 64));
  const bytes = Buffer.from(value, value.includes('\xff') || value.includes('\xed') ? 'latin1' : 'utf8');
  const odd = bytes.toString('latin1');
  switch (kind) {
    case 'flip a bit':
      if (text === '') return text;
      return put(text, place, place + 1, String.fromCharCode(text.charCodeAt(place) ^ (1 << (span % 8))));
    case 'remove bytes':
      return put(text, place, end, '');
    case 'repeat bytes':
      return put(text, place, place, text.slice(place, Math.min(text.length, place + 1 + (span % 2000))));
    case 'cut off':
      return text.slice(0, place);
    case 'insert':
      return put(text, place, place, odd);
    case 'another number':
      return replaced(text, /-?\d+(?:\.\d+)?/g, at, () => odd);
    case 'another value':
      return replaced(text, /(?<=[:[]\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/g, at, () => odd);
    case 'another cell':
      return replaced(text, /[^,;\t\n\r]+/g, at, () => odd);
    case 'swap cells':
      return replaced(
        text,
        /([^,;\t\n\r]*)([,;\t])([^,;\t\n\r]*)/g,
        at,
        ([, a, mark, b]) => `${b}${mark}${a}`,
      );
    case 'rename a key':
      return replaced(text, /"[A-Za-z_]+"(?=\s*:)/g, at, ([key]) => key.replace(/.$/, 'x"'));
    case 'remove a value':
      return replaced(
        text,
        /"[A-Za-z_]+"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null),?/g,
        at,
        () => '',
      );
    case 'repeat a line':
      return replaced(text, /[^\n]*\n/g, at, ([line]) => `${line}${line}`);
  }
}

function put(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** Replaces one of the matches. */
function replaced(
  text: string,
  pattern: RegExp,
  which: number,
  by: (match: RegExpExecArray) => string,
): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = matches[which % matches.length]!;
  return put(text, match.index, match.index + match[0].length, by(match));
}
