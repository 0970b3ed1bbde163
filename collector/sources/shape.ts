/** What is counted of a file's bytes as they pass: it tells whether the engine would read a table rightly. */

export interface TextShape {
  bytes: number;
  /**
   * Whether the file holds an odd number of double quotes. In a table one of them is then never
   * closed, and the engine would silently read the rest of the file as one cell.
   */
  oddQuotes: boolean;
  /** Bytes of the longest line. */
  longestLine: number;
}

const QUOTE = 34;
const NEWLINE = 10;

export class ShapeCounter {
  bytes = 0;
  #quotes = 0;
  #longestLine = 0;
  #line = 0;

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    for (let i = 0; i < chunk.length; i++) if (chunk[i] === QUOTE) this.#quotes++;
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, from);
      const end = newline === -1 ? chunk.length : newline;
      this.#line += end - from;
      if (this.#line > this.#longestLine) this.#longestLine = this.#line;
      if (newline !== -1) this.#line = 0;
      from = end + 1;
    }
  }

  get shape(): TextShape {
    return { bytes: this.bytes, oddQuotes: this.#quotes % 2 === 1, longestLine: this.#longestLine };
  }
}
