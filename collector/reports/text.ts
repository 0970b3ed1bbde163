/** Text for terminals: how wide it is, and how to make it fit. */

let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for characters. Made when a text needs it: most are plain. */
function segmentsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const PLAIN = /^[\x20-\x7e]*$/;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|\p{Regional_Indicator}/u;
/** What Unicode calls East Asian wide or full-width. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/** Names come from logs: what would move the cursor or colour the rest is shown as a space. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmentsOf(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(segment: string): number {
  if (INVISIBLE.test(segment)) return 0;
  return EMOJI.test(segment) || WIDE.test(segment) ? 2 : 1;
}

/** At most `width` columns; what was cut off is shown by an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmentsOf(text)) {
    used += graphemeWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Breaks at spaces into lines of at most `width` columns; a longer word is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
    } else {
      if (line !== '') lines.push(line);
      line = truncate(word, width);
    }
  }
  return [...lines, line];
}

/** What tells models apart: `claude-opus-4-1-20250805` is `opus-4-1`. */
export function shortModel(model: string): string {
  return clean(model)
    .replace(/^(?:anthropic[./])?claude-/, '')
    .replace(/-\d{8}$/, '');
}

/** Short names, each once. */
export function shortModels(models: readonly string[]): string {
  return [...new Set(models.map(shortModel))].join(', ');
}

/** The last part of a path, without slashes at its end. */
export function lastPart(path: string): string {
  return (
    clean(path)
      .split(/[/\\]/)
      .filter((part) => part !== '')
      .at(-1) ?? ''
  );
}
