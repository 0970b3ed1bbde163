import { expect, it } from 'vitest';
import { UploadRoom } from './upload-room.ts';

/** Something that ends when it is told to. */
function pending(): { end: () => void; work: () => Promise<string> } {
  let end = (): void => undefined;
  const promise = new Promise<string>((resolve) => (end = () => resolve('done')));
  return { end: () => end(), work: () => promise };
}

it('refuses what is more than may be received at once, until one has ended', async () => {
  const room = new UploadRoom({ atOnce: 1, waiting: 10 }, () => 0);
  const { end, work } = pending();
  const first = room.with(work);
  await expect(room.with(work)).rejects.toMatchObject({
    ...{ status: 503, kind: 'too-many-uploads', extras: { limit: 'uploads', retryAfter: 2 } },
    message: expect.stringMatching(/^1 uploads are being received.*Nothing of this one was read/) as string,
  });
  end();
  expect(await first).toBe('done');
  expect(await room.with(() => Promise.resolve('next'))).toBe('next');
});

it('gives the place back when receiving fails', async () => {
  const room = new UploadRoom({ atOnce: 1, waiting: 10 }, () => 0);
  for (let i = 0; i < 3; i++)
    await expect(room.with(() => Promise.reject(new Error('broken off')))).rejects.toThrow('broken off');
});

it('refuses what would wait too long, counting what is on its way', async () => {
  let waiting = 1;
  const room = new UploadRoom({ atOnce: 10, waiting: 2 }, () => waiting);
  const { end, work } = pending();
  const first = room.with(work);
  await expect(room.with(work)).rejects.toMatchObject({
    ...{ status: 503, kind: 'queue-full', extras: { limit: 'queue', retryAfter: 10 } },
  });
  end();
  await first;
  waiting = 2;
  await expect(room.with(work)).rejects.toMatchObject({ kind: 'queue-full' });
  waiting = 0;
  expect(await room.with(work)).toBe('done');
});
