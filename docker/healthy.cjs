// Asks an address and ends with 0 when it answers 200: the image has no curl.
const { fetch, AbortSignal } = globalThis;
const [, , url] = process.argv;
fetch(url, { signal: AbortSignal.timeout(4000) })
  .then(async (response) => {
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  })
  .catch((error) => {
    console.error(error.cause?.message ?? error.message);
    process.exit(1);
  });
