// What can be run: a script of k6/, and what its variables are unless the environment says otherwise.

export const SCENARIOS = {
  smoke: { script: 'smoke.js' },
  'upload-1mb': { script: 'uploads.js', env: { MEGABYTES: '1' } },
  'upload-10mb': { script: 'uploads.js', env: { MEGABYTES: '10' } },
  'upload-100mb': { script: 'uploads.js', env: { MEGABYTES: '100' } },
  people: { script: 'people.js' },
  mixed: { script: 'mixed.js' },
  spike: { script: 'spike.js' },
  soak: { script: 'soak.js' },
};

/** In the order in which `npm run test:load` runs them. */
export const ALL = Object.keys(SCENARIOS);
