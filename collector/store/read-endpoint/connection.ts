/**
 * One place in which a statement can be judged and run, each on a session of its own: what a client
 * sets for its statement, and the limit on rows, could change how the engine answers the judge
 * (`limit=1` would cut its tree short). A session is opened in a millisecond when others are wanted.
 */
import type { ClickHouseClient } from '@clickhouse/client';
import { Run } from './run.ts';
import { Session } from './session.ts';

export interface ConnectionOptions {
  /** Opens a session with settings as a `SET` takes them, '' for none of a client's. */
  open: (settings: string) => Promise<ClickHouseClient>;
  kill: (containing: string) => Promise<void>;
  pipe: string;
}

export class Connection {
  /** Knows nothing of what clients set. */
  readonly judging: Session;
  readonly #options: ConnectionOptions;
  #running: { settings: string; session: Session } | undefined;

  private constructor(judging: Session, options: ConnectionOptions) {
    this.judging = judging;
    this.#options = options;
  }

  static async open(options: ConnectionOptions): Promise<Connection> {
    return new Connection(new Session(await options.open('')), options);
  }

  /** The settings of the session on which a statement ran last. */
  get settings(): string | undefined {
    return this.#running?.settings;
  }

  /** A session with these settings; the one before, with others, is closed. */
  async session(settings: string): Promise<Session> {
    if (this.#running?.settings === settings) return this.#running.session;
    await this.#running?.session.close();
    this.#running = undefined;
    const session = new Session(await this.#options.open(settings));
    this.#running = { settings, session };
    return session;
  }

  /** Begins a SELECT without FORMAT. One at a time, on one of this connection's sessions. */
  start(session: Session, line: string, format: string): Run {
    const { pipe, kill } = this.#options;
    return new Run({ session, line, format, pipe, kill });
  }
}
