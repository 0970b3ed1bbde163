/** `/api/v1/datasets/NAME`: deleting everything of a dataset. */
import { type Request, type Response, Router } from 'express';
import type { Uploads } from '../sources/upload/uploads.ts';
import type { DeletedDataset } from '../store/delete-dataset.ts';
import type { AuditTrail } from './audit-trail.ts';
import { onlyMethods } from './methods.ts';
import { HttpProblem, notFound } from './problem.ts';
import { readQuery } from './query.ts';
import { sendBody } from './send.ts';

export interface DatasetRoutesOptions {
  deleteDataset: (name: string) => Promise<DeletedDataset | undefined>;
  uploads: Uploads;
  trail: AuditTrail | undefined;
}

export function datasetRoutes(options: DatasetRoutesOptions): Router {
  const router = Router();
  router
    .route('/:dataset')
    .delete((request, response) => remove(request, response, options))
    .all(onlyMethods('DELETE'));
  return router;
}

async function remove(
  request: Request,
  response: Response,
  { deleteDataset, uploads, trail }: DatasetRoutesOptions,
): Promise<void> {
  readQuery(request, []);
  const dataset = String(request.params['dataset']);
  const shown = JSON.stringify(dataset.slice(0, 200));
  if (uploads.isBusy(dataset))
    throw new HttpProblem(
      409,
      'dataset-busy',
      'The dataset is being written',
      `an upload to ${shown} is not ended yet; delete it when GET /api/v1/uploads says that it is.`,
    );
  let deleted: DeletedDataset | undefined;
  try {
    deleted = await deleteDataset(dataset);
  } catch (error) {
    const detail = (error as Error).message;
    await trail?.note(request, response, {
      act: 'dataset.delete',
      what: { dataset },
      result: 'failed',
      detail,
    });
    throw error;
  }
  if (!deleted) throw notFound(`there is no dataset ${shown}, or nothing is in it.`);
  const what = { dataset, ...deleted };
  await trail?.note(request, response, { act: 'dataset.delete', what, result: 'done' });
  sendBody(request, response, 200, 'application/json', { dataset, deleted });
}
