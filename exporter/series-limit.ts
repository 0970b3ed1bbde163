/**
 * Series per instrument, beyond which the SDK would silently merge them into one. The label bounds in
 * `instruments/` keep below it.
 *
 * Each reader is given this limit itself. A view could set it once for all, but then the SDK (2.12) lets
 * the readers share one storage, which lays by a copy of every measurement for a reader that does not
 * collect: with OTLP on and nobody scraping, 2000 pushes of 100 series kept 54 MB, and without end.
 */
export const SERIES_LIMIT = 20_000;
