const LONGEST = 100;

/** A text from outside as it may stand in a sentence and in a log: one line, and not endless. */
export function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, LONGEST);
}
