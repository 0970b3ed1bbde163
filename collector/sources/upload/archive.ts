/** A ZIP archive that was received becomes an upload for every file in it. */
import type { Format } from '../../formats/format.ts';
import { newUploadId } from './arrival.ts';
import type { Bytes } from '../text.ts';
import type { Job, JobFolder } from './job.ts';
import { UploadProblem } from './problem.ts';
import type { Outcome } from './queue-entry.ts';
import type { Received } from './receive.ts';
import type { UploadReport } from './types.ts';
import { type Place, type RefusedFile, type Unpacked, unpackArchive } from './unpack-archive.ts';

/** What became of an archive: uploads that wait for their turn, and files that are none. */
export interface ReceivedArchive {
  /** The archive's name. */
  archive: string;
  /** In the order of the archive. */
  uploads: { report: UploadReport; ended: Promise<Outcome> }[];
  refused: RefusedFile[];
}

/** A file on the disk that is to become an upload. */
export interface Arrival extends Received {
  id: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/** What an archive needs of the uploads. */
export interface ArchiveHost {
  folder: JobFolder;
  maxBytes: number;
  /** Milliseconds that strictly increase. */
  now: () => number;
  /** Counts what is written for an upload, and throws when it is too much. */
  counted: (id: string, bytes: Bytes) => Bytes;
  /** The format of a file; rejects with an UploadProblem that brings the failed report. */
  recognise: (file: Arrival) => Promise<Format>;
  jobOf: (file: Arrival, format: Format) => Job;
  add: (job: Job) => ReceivedArchive['uploads'][number];
}

interface KnownFile {
  file: Arrival;
  format: Format;
}

/**
 * Unpacks an archive that lies on the disk. When it resolves, every file is on the disk, its format is known and
 * its job waits, or it is among the refused; the archive itself is gone. When it rejects, nothing of it
 * is left. After a crash every job that was saved goes on, and whatever has no job file is removed.
 */
export async function receiveArchive(archive: Arrival, host: ArchiveHost): Promise<ReceivedArchive> {
  const { folder, maxBytes } = host;
  const name = archive.name || 'archive.zip';
  const ids = [archive.id];
  const newPlace = (): Place => {
    const startedAt = host.now();
    const id = newUploadId(startedAt);
    ids.push(id);
    return { id, startedAt, path: folder.body(id) };
  };
  try {
    const unpacked = await unpackArchive(folder.body(archive.id), {
      name,
      maxBytes,
      newPlace,
      counted: host.counted,
    });
    await folder.remove(archive.id);
    const { known, refused } = await recogniseAll(unpacked, archive, host);
    refuseConflicts(known, name, archive);
    const jobs = known.map(({ file, format }) => host.jobOf(file, format));
    for (const job of jobs) await folder.save(job);
    return { archive: name, uploads: jobs.map(host.add), refused };
  } catch (error) {
    for (const id of ids) await folder.remove(id);
    throw error;
  }
}

async function recogniseAll(
  { files, refused }: Unpacked,
  { settings }: Arrival,
  { recognise }: ArchiveHost,
): Promise<{ known: KnownFile[]; refused: RefusedFile[] }> {
  const known: KnownFile[] = [];
  const unknown: RefusedFile[] = [];
  for (const unpacked of files) {
    const file = { ...unpacked, settings, isArchive: false };
    try {
      known.push({ file, format: await recognise(file) });
    } catch (error) {
      if (!(error instanceof UploadProblem)) throw error;
      unknown.push({ name: file.name, problem: error });
    }
  }
  return { known, refused: [...refused, ...unknown] };
}

/** Of two files that replace one dataset, the second would remove what the first brought. */
function refuseConflicts(known: readonly KnownFile[], archive: string, { settings }: Arrival): void {
  if (settings.mode !== 'replace') return;
  const first = new Map<string, Arrival>();
  for (const { file, format } of known) {
    const dataset = settings.dataset ?? format.name;
    // usage takes the place of usage, a bill that of bills
    const key = JSON.stringify([dataset, format.gives === 'bills']);
    const other = first.get(key);
    if (other)
      throw new UploadProblem(
        'bad-parameter',
        `mode is replace, and ${other.name} and ${file.name} would both take the place of what the dataset ${JSON.stringify(dataset)} holds, the second also that of the first. ` +
          `Nothing of ${archive} was stored: send one of them with mode=replace and then the others with mode=append.`,
      );
    first.set(key, file);
  }
}
