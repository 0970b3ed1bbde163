/** From a request's body to a spool file: decoded, unpacked, measured. */
import { rm } from 'node:fs/promises';
import type { Format } from '../../formats/format.ts';
import type { Bytes } from '../text.ts';
import { decodeContent, peek, unpackFile } from './decode.ts';
import { isMultipart, readForm } from './multipart.ts';
import { BrokenOffError, UploadProblem } from './problem.ts';
import { cleanName, readSettings, type UploadSettings } from './settings.ts';
import { limited, spool, type Spooled } from './spool.ts';
import type { UploadRequest } from './types.ts';
import { isZip } from './zip.ts';

export interface Received extends Spooled {
  name: string;
  settings: UploadSettings;
  /** Whether the file is a ZIP archive, which is kept as it came. */
  isArchive: boolean;
}

export interface ReceiveOptions {
  formats: readonly Format[];
  /** Of the body as it is sent, and of the file in it. */
  maxBytes: number;
  /** Where the file is written; nothing is there when this rejects. */
  path: string;
  /** Whether a ZIP archive may come; else it is refused. */
  archives: boolean;
  /** Counts what is written, and throws when it is too much. */
  counted: (bytes: Bytes) => Bytes;
}

/** Resolves when the file is on the disk. Settings are checked before the first byte is read. */
export async function receiveBody(
  body: Bytes,
  request: UploadRequest,
  options: ReceiveOptions,
): Promise<Received> {
  const settings = readSettings(request, options.formats);
  try {
    const received = await readBody(body, request, settings, options);
    if (received.bytes > 0) return received;
    throw new UploadProblem(
      'empty-body',
      'the body has 0 bytes. Send the file with `curl -T FILE URL` or `curl --data-binary @FILE URL`.',
    );
  } catch (error) {
    await rm(options.path, { force: true });
    throw isDisconnect(error) ? new BrokenOffError(error) : error;
  }
}

async function readBody(
  body: Bytes,
  request: UploadRequest,
  settings: UploadSettings,
  { formats, maxBytes, path, archives, counted }: ReceiveOptions,
): Promise<Received> {
  const take = async (file: Bytes): Promise<Spooled & { isArchive: boolean }> => {
    const { head, bytes: whole } = await peek(file, 8);
    const isArchive = archives && isZip(head);
    const written = counted(isArchive ? whole : await unpackFile(whole));
    return { ...(await spool(written, path, maxBytes)), isArchive };
  };
  const content = decodeContent(limited(body, maxBytes), request.contentEncoding);
  if (!isMultipart(request.contentType))
    return { ...(await take(content)), name: cleanName(request.name), settings };
  const form = await readForm(content, request.contentType ?? '', take);
  const { mode, dataset, format } = request;
  return {
    ...form.file,
    name: cleanName(request.name || form.fileName),
    // what the address says goes before what the form says
    settings: readSettings(
      {
        mode: mode ?? form.settings.mode,
        dataset: dataset ?? form.settings.dataset,
        format: format ?? form.settings.format,
      },
      formats,
    ),
  };
}

/** Whether the client, not we, ended the body. */
function isDisconnect(error: unknown): boolean {
  const { code, name } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || name === 'AbortError';
}
