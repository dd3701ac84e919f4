export { clockFrom, ManualClock, systemClock, type Clock } from './clock.ts';
export { SettingsError } from './errors.ts';
export { parseDatabaseUrl } from './settings/database-url.ts';
export { parseInteger, readSetting, type Environment } from './settings/environment.ts';
export { parseShards, type ShardSettings } from './settings/shards.ts';
export { isTransient, type Retryability } from './retryability.ts';
export { describeError, type ErrorFacts } from './describe-error.ts';
export { formatCount, formatSeconds, formatTable } from './terminal/format.ts';
