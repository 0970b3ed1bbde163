/** What is followed: the one entrance for those who read settings. */
export { findAgentRoots } from './agent-roots.ts';
export { parseTailSetting, TailSettingError } from './tail-setting.ts';
export type { TailRoot } from './types.ts';
