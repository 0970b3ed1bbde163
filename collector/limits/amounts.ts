/** Amounts as people write them in `tallyd.yaml`: `2GiB`, `500MB`, `1m`. */

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Bytes of a number, or of a text with a unit; undefined when it is neither. */
export function parseBytes(value: unknown): number | undefined {
  return amount(value, BYTES, 1);
}

/** Seconds of a text with a unit, such as `1m`; undefined when it is none. */
export function parseSeconds(value: unknown): number | undefined {
  return typeof value === 'string' ? amount(value, SECONDS, undefined) : undefined;
}

/** `a minute`, `10 seconds`: a window in a sentence. */
export function spokenSeconds(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const [size, unit] = units.find(([one]) => seconds % one === 0)!;
  const count = seconds / size;
  if (count !== 1) return `${count} ${unit}s`;
  return unit === 'hour' ? 'an hour' : `a ${unit}`;
}

function amount(
  value: unknown,
  units: Readonly<Record<string, number>>,
  bare: number | undefined,
): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(String(value).trim()) ?? [];
  if (digits === undefined) return undefined;
  const size = unit === '' ? bare : units[unit!];
  const whole = size === undefined ? NaN : Math.round(Number(digits) * size);
  return Number.isSafeInteger(whole) && whole > 0 ? whole : undefined;
}
