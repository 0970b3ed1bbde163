// Grafana's HTTP API, as an administrator.
import { Buffer } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';

const { fetch, AbortSignal } = globalThis;

export class Grafana {
  constructor({ url, user, password }) {
    this.url = url.replace(/\/$/, '');
    this.headers = {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    };
  }

  /** Waits until Grafana and its database answer. */
  async ready(seconds) {
    const deadline = Date.now() + seconds * 1000;
    let last;
    do {
      try {
        const { status, body } = await this.get('/api/health');
        if (status === 200 && body.database === 'ok') return;
        last = `status ${status}`;
      } catch (error) {
        last = error.cause?.message ?? error.message;
      }
      await delay(1000);
    } while (Date.now() < deadline);
    throw new Error(`Grafana at ${this.url} did not get ready in ${seconds} s: ${last}`);
  }

  get(path) {
    return this.#ask(path, { method: 'GET' });
  }

  post(path, body) {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(body) });
  }

  /** The answer to a GET that must be 200. */
  async json(path) {
    const { status, body } = await this.get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body).slice(0, 500)}`);
    return body;
  }

  async #ask(path, init) {
    const options = { ...init, headers: this.headers, signal: AbortSignal.timeout(90_000) };
    const response = await fetch(`${this.url}${path}`, options);
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 500) };
  }
}
