/** How many uploads there may be at once. What has no room is refused before its body is asked for. */
import { HttpProblem } from './problem.ts';

export interface RoomLimits {
  /** Bodies that are on their way. */
  atOnce: number;
  /** Uploads that were received and are not stored yet, those on their way included. */
  waiting: number;
}

const SOON_SECONDS = 2;
const LATER_SECONDS = 10;

export class UploadRoom {
  readonly #limits: RoomLimits;
  readonly #waiting: () => number;
  #onTheirWay = 0;

  /** @param waiting how many were received and are not stored yet */
  constructor(limits: RoomLimits, waiting: () => number) {
    this.#limits = limits;
    this.#waiting = waiting;
  }

  /**
   * Does `receive` where there is room for it.
   * @throws HttpProblem 503, with when to try again
   */
  async with<T>(receive: () => Promise<T>): Promise<T> {
    this.#check();
    this.#onTheirWay++;
    try {
      return await receive();
    } finally {
      this.#onTheirWay--;
    }
  }

  #check(): void {
    const { atOnce, waiting } = this.#limits;
    if (this.#onTheirWay >= atOnce)
      throw new HttpProblem(
        503,
        'too-many-uploads',
        'Too many uploads at once',
        `${atOnce} uploads are being received, which is as many as may be (TALLYD_UPLOADS_AT_ONCE). Nothing of this one was read: send it again in a moment.`,
        { limit: 'uploads', retryAfter: SOON_SECONDS },
      );
    if (this.#waiting() + this.#onTheirWay >= waiting)
      throw new HttpProblem(
        503,
        'queue-full',
        'Too many uploads wait',
        `${waiting} uploads wait to be stored, which is as many as may (TALLYD_UPLOADS_WAITING). Nothing of this one was read: send it again later; /readyz says whether the store answers.`,
        { limit: 'queue', retryAfter: LATER_SECONDS },
      );
  }
}
