// What a process holds while it is under load: memory and file handles, where /proc tells.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 1000;

export class Watch {
  #pid;
  #samples = [];
  #timer;

  constructor(pid) {
    this.#pid = pid;
    if (!existsSync(`/proc/${pid}/status`)) return;
    this.#look();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  /** A line for 10, 50 and 100 % of the run; none where there is no /proc. */
  lines() {
    const { length } = this.#samples;
    if (length === 0) return [];
    const most = Math.max(...this.#samples.map(({ megabytes }) => megabytes));
    const at = (share) => this.#samples[Math.min(length - 1, Math.floor(length * share))];
    const shown = [0.1, 0.5, 1].map((share) => {
      const { megabytes, handles } = at(share);
      return `${share * 100} %: ${megabytes} MB, ${handles} handles`;
    });
    return [`  collector   ${shown.join('; ')}; at most ${most} MB`, ''];
  }

  #look() {
    try {
      const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
      const handles = readdirSync(`/proc/${this.#pid}/fd`).length;
      this.#samples.push({ megabytes: Math.round(kilobytes / 1000), handles });
    } catch (error) {
      // it has ended, which the run itself notices
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
      this.end();
    }
  }
}
