/** One line of the doctor's report. */
export interface Line {
  /** A problem says what is wrong and then what to do. */
  level: 'fine' | 'note' | 'problem';
  text: string;
}

export const fine = (text: string): Line => ({ level: 'fine', text });
export const note = (text: string): Line => ({ level: 'note', text });
export const problem = (text: string): Line => ({ level: 'problem', text });
