/** Where the lines of a session lie on the disk, and what copies of them lie about. */
import type { Strikes } from './claude-code-hazards.ts';
import { unwrittenText } from './claude-code-noise.ts';
import type { Session, Tracked } from './claude-code-session.ts';
import type { ClaudeEvent } from './claude-code-truth.ts';
import type { Ending, Layout, Rendered } from './jsonl.ts';
import { cutIndex, entryText, renderLines } from './jsonl.ts';
import type { Prng } from './prng.ts';

/** A file to be written, with what its lines are good for. */
interface Page {
  path: string;
  lines: Tracked[];
  layout: Layout;
  tail: string;
}

/** The folder name Claude Code makes of a working directory; it cannot be turned back. */
export function slugOf(cwd: string): string {
  return cwd.replace(/[^A-Za-z0-9]/g, '-');
}

/** All files of one session: its own, its sub-agents', and the copies that hazards leave. */
export function sessionFiles(
  session: Session,
  firstId: string,
  prng: Prng,
  strikes: Strikes,
  until: number,
): Rendered[] {
  const { cwd } = session.context;
  const folder = `projects/${slugOf(cwd)}`;
  const name = strikes('nestedLayout', 0.15) ? `${firstId}/${prng.uuid()}` : firstId;
  const layout: Layout = { crlf: strikes('crlf', 0.15), ending: drawEnding(strikes) };
  const tail = layout.ending === 'unfinished' ? unwrittenText(session.noise, session.clock, until) : '';
  const main: Page = { path: `${folder}/${name}.jsonl`, lines: session.lines, layout, tail };
  const pages = [main];
  for (const [id, lines] of session.subagents) {
    pages.push({ path: `${folder}/${firstId}/subagents/agent-${id}.jsonl`, lines, layout: {}, tail: '' });
  }
  if (strikes('sameFileTwice', 0.12)) pages.push({ ...main, path: `${folder}--again/${firstId}.jsonl` });
  if (strikes('prefixCopies', 0.15))
    pages.push(prefixOf(main, `${folder}--moved/${firstId}.jsonl`, prng, strikes));
  markExposed(pages);
  return pages.map((page) =>
    renderLines(
      page.path,
      page.lines.map(({ entry }) => entry),
      page.layout,
      page.tail,
    ),
  );
}

function drawEnding(strikes: Strikes): Ending {
  if (strikes('noFinalNewline', 0.15)) return 'unterminated';
  return strikes('unfinishedTails', 0.15) ? 'unfinished' : 'newline';
}

/** The beginning of a file, byte for byte; cut within a line where unfinished tails are wanted. */
function prefixOf(page: Page, path: string, prng: Prng, strikes: Strikes): Page {
  const entries = page.lines.map(({ entry }) => entry);
  const end = cutIndex(entries, prng.int(1, Math.max(1, entries.length - 1)));
  const next = entries[end];
  const within = next !== undefined && strikes('unfinishedTails', 0.5);
  return {
    path,
    lines: page.lines.slice(0, end),
    layout: { crlf: page.layout.crlf ?? false, ending: within ? 'unfinished' : 'newline' },
    tail: within ? entryText(next) : '',
  };
}

/**
 * Marks events whose every copy that counts stands on a shared line, or without a newline: readers
 * may be held to them or not.
 */
function markExposed(pages: readonly Page[]): void {
  const safe = new Set<ClaudeEvent>();
  const glued = new Set<ClaudeEvent>();
  const last = new Set<ClaudeEvent>();
  for (const { lines, layout } of pages) {
    lines.forEach(({ entry, wins }, index) => {
      const before = lines[index - 1]?.entry;
      const shares = isGlued(entry) || isGlued(before);
      const ends = index === lines.length - 1 && layout.ending === 'unterminated' && entry.kind === 'record';
      for (const event of wins) {
        if (!shares && !ends) safe.add(event);
        if (shares) glued.add(event);
        if (ends) last.add(event);
      }
    });
  }
  for (const event of glued) event.glued ||= !safe.has(event);
  for (const event of last) event.unterminated ||= !safe.has(event);
  for (const event of safe) event.glued = event.unterminated = false;
}

function isGlued(entry: Tracked['entry'] | undefined): boolean {
  return entry?.kind === 'record' && entry.glued === true;
}
