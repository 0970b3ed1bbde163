/** How wide and colourful a terminal is; NO_COLOR and FORCE_COLOR as others read them. */
export function terminal(
  stream: NodeJS.WriteStream,
  color: boolean | undefined,
  env: NodeJS.ProcessEnv,
): { width: number; color: boolean } {
  const columns = stream.columns ?? Number(env['COLUMNS']);
  const wanted = color !== false && !env['NO_COLOR'] && (stream.isTTY || Boolean(env['FORCE_COLOR']));
  return { width: Number.isInteger(columns) && columns > 0 ? columns : 120, color: wanted };
}
