/** How an archive ended as a whole, in words for whoever sent it. */
import type { ReceivedArchive } from './archive.ts';
import { UploadProblem } from './problem.ts';
import type { UploadReport } from './types.ts';

export interface ArchiveResult {
  archive: string;
  uploads: UploadReport[];
  refused: { name: string; detail: string }[];
  /** Why its sender should not take it for a success. */
  problem?: UploadProblem;
}

/** Sentences that a problem's detail repeats; all stand beside it. */
const SENTENCES = 5;

interface Failure {
  name: string;
  problem: UploadProblem;
}

/** @param wait for the end of every upload; without it only what was refused is a problem. */
export async function archiveResult(received: ReceivedArchive, wait: boolean): Promise<ArchiveResult> {
  const uploads: UploadReport[] = [];
  const failures: Failure[] = [...received.refused];
  for (const { report, ended } of received.uploads) {
    const outcome = wait ? await ended.catch(unfinished(report)) : { report };
    uploads.push(outcome.report);
    if (outcome.problem) failures.push({ name: report.name, problem: outcome.problem });
  }
  const refused = received.refused.map(({ name, problem }) => ({ name, detail: problem.message }));
  const problem = problemOf(received.archive, failures, uploads.length + refused.length, wait);
  return { archive: received.archive, uploads, refused, ...(problem && { problem }) };
}

/** Nobody can wait while tallyd stops. */
function unfinished(report: UploadReport) {
  return (error: unknown): { report: UploadReport; problem: UploadProblem } => {
    if (error instanceof UploadProblem) return { report: error.report ?? report, problem: error };
    throw error;
  };
}

function problemOf(
  archive: string,
  failures: readonly Failure[],
  files: number,
  wait: boolean,
): UploadProblem | undefined {
  if (failures.length === 0) return undefined;
  const kinds = failures.map(({ problem }) => problem.kind);
  const stored = files - failures.length;
  const verb = wait ? 'stored' : 'accepted';
  const head =
    stored === 0
      ? `Nothing of ${archive} was ${verb}.`
      : `Of ${archive}, ${stored} of ${files} files ${stored === 1 ? 'was' : 'were'} ${verb}.`;
  const more = failures.length - SENTENCES;
  const sentences = failures.slice(0, SENTENCES).map(sentenceOf);
  const rest = more > 0 ? [`${more} more ${more === 1 ? 'file was' : 'files were'} not.`] : [];
  return new UploadProblem(kindOf(kinds, stored), [head, ...sentences, ...rest].join(' '));
}

/** What can pass comes first, so that a script sends again. */
function kindOf(kinds: readonly UploadProblem['kind'][], stored: number): UploadProblem['kind'] {
  for (const kind of ['stopping', 'store-away'] as const) if (kinds.includes(kind)) return kind;
  if (stored > 0) return 'archive-incomplete';
  return (
    (['store-failed', 'internal', 'unknown-format'] as const).find((kind) => kinds.includes(kind)) ??
    kinds[0]!
  );
}

function sentenceOf({ name, problem: { message } }: Failure): string {
  const base = name.split('/').at(-1)!;
  return message.includes(base) ? message : `${JSON.stringify(base)}: ${message}`;
}
