/** The answer to a ZIP archive: a report for every file in it. */
import type { Request, Response } from 'express';
import type { ReceivedArchive } from '../sources/upload/archive.ts';
import { archiveResult } from '../sources/upload/archive-result.ts';
import { presentReport } from './present.ts';
import { sendProblem } from './problem.ts';
import { sendBody } from './send.ts';

/** @param address of uploads: each report says where the upload's own is. */
export async function sendArchive(
  request: Request,
  response: Response,
  { received, wait, address }: { received: ReceivedArchive; wait: boolean; address: string },
): Promise<void> {
  const { archive, uploads, refused, problem } = await archiveResult(received, wait);
  const members = {
    archive,
    uploads: uploads.map((report) => ({ ...presentReport(report), url: `${address}/${report.id}` })),
    refused,
  };
  if (problem) sendProblem(request, response, problem, members);
  else sendBody(request, response, wait ? 201 : 202, 'application/json', members);
}
