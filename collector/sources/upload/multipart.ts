/** The file and the fields of a multipart/form-data body. */
import { pipeline, Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { Bytes } from '../text.ts';
import { watch } from './decode.ts';
import { UploadProblem } from './problem.ts';
import { type RawSettings, SETTING_NAMES } from './settings.ts';

export interface Form<T> {
  /** What the file was turned into. */
  file: T;
  fileName: string;
  settings: RawSettings;
}

export function isMultipart(contentType: string | undefined): boolean {
  return /^multipart\/form-data\b/i.test(contentType ?? '');
}

/**
 * Reads a form. Fields may stand before and after the file, so the file is handed to `take` while it
 * arrives, and the settings are known only at the end.
 */
export async function readForm<T>(
  body: Bytes,
  contentType: string,
  take: (file: Bytes) => Promise<T>,
): Promise<Form<T>> {
  const parser = parserOf(contentType);
  const settings: RawSettings = {};
  let taken: { stream: BusboyFileStream; name: string; result: Promise<T> } | undefined;
  parser.on('file', (field, stream, name) => {
    // streams of a form that is refused fail as well; the refusal is what is told
    stream.on('error', () => undefined);
    if (field !== 'file' || taken) {
      parser.destroy(badForm(field === 'file' ? 'holds two files' : `has a file in the field "${field}"`));
      return;
    }
    taken = { stream, name: name ?? '', result: take(fileBytes(stream)) };
    taken.result.catch((error: unknown) => parser.destroy(error as Error));
  });
  parser.on('field', (field, value) => {
    const known = SETTING_NAMES.find((name) => name === field);
    if (known) settings[known] = value;
    else parser.destroy(badForm(`has a field "${field}"`));
  });
  try {
    await parsed(body, parser);
  } catch (error) {
    taken?.stream.destroy(error as Error);
    await taken?.result.catch(() => undefined);
    throw error;
  }
  if (!taken) throw badForm('has no field "file"');
  return { file: await taken.result, fileName: taken.name, settings };
}

function parserOf(contentType: string): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: 2, fields: 20, fieldSize: 4096 },
      isPartAFile: (field, _type, name) => field === 'file' || name !== undefined,
    });
  } catch (error) {
    throw new UploadProblem(
      'bad-multipart',
      `the Content-Type header is wrong: ${(error as Error).message}.`,
    );
  }
}

/** Resolves when the whole form was read. */
async function parsed(body: Bytes, parser: BusboyInstance): Promise<void> {
  const watched = watch(body);
  try {
    await new Promise<void>((resolve, reject) => {
      // not only by the pipeline: it waits for the sender's next bytes before it gives up
      parser.once('error', reject);
      parser.once('finish', resolve);
      pipeline(Readable.from(watched.bytes), parser, (error) => (error ? reject(error) : resolve()));
    });
  } catch (error) {
    if (watched.failed() || error instanceof UploadProblem) throw error;
    throw badForm(`is cut off or malformed (${(error as Error).message})`);
  }
}

async function* fileBytes(stream: BusboyFileStream): Bytes {
  for await (const chunk of stream) yield chunk as Buffer;
}

function badForm(what: string): UploadProblem {
  return new UploadProblem(
    'bad-multipart',
    `the form ${what}. Send one file in the field "file", as in \`curl -F file=@usage.csv URL\`; the fields mode, dataset and format may stand beside it.`,
  );
}
