import { SettingsError } from '../errors.ts';
import { readSetting, type Environment } from './environment.ts';

/** One shard of the backend API and how to log in to it. */
export interface ShardSettings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** The variables that the credentials came from, for messages. */
  readonly usernameVariable: string;
  readonly passwordVariable: string;
}

/**
 * Reads `OVIS_SHARDS` (comma-separated base URLs) and each shard's credentials: `OVIS_SHARD_<n>_USERNAME` and `…_PASSWORD`
 * (n from 1), else `OVIS_USERNAME` and `OVIS_PASSWORD`; each also as `…_FILE`.
 *
 * @returns an empty list when `OVIS_SHARDS` is not set: the source is not there.
 * @throws SettingsError naming the variable.
 */
export function parseShards(env: Environment, readFile: (path: string) => string): readonly ShardSettings[] {
  const urls = (env['OVIS_SHARDS'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const shards = urls.map((text, index) => {
    const shard = index + 1;
    const [usernameVariable, username] = credential(env, readFile, shard, 'USERNAME');
    const [passwordVariable, password] = credential(env, readFile, shard, 'PASSWORD');
    return { baseUrl: baseUrl(text, shard), username, password, usernameVariable, passwordVariable };
  });
  const repeated = shards.find(
    (shard, index) => shards.findIndex((other) => hostOf(other) === hostOf(shard)) !== index,
  );
  if (repeated) throw new SettingsError('OVIS_SHARDS', `names ${hostOf(repeated)} twice; each shard stands in it once`);
  return shards;
}

function hostOf(shard: ShardSettings): string {
  return new URL(shard.baseUrl).host;
}

function baseUrl(text: string, shard: number): string {
  const place = `its ${String(shard)}. entry`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError(
      'OVIS_SHARDS',
      `is wrong: ${place} is no http or https URL; expected e.g. https://backend-1.example.com`,
    );
  }
  if (url.username || url.password) {
    throw new SettingsError(
      'OVIS_SHARDS',
      `is wrong: ${place} holds credentials; give them as OVIS_SHARD_${String(shard)}_USERNAME and …_PASSWORD`,
    );
  }
  if (url.search || url.hash)
    throw new SettingsError('OVIS_SHARDS', `is wrong: ${place} has a query or a fragment; give the base URL only`);
  return url.href.replace(/\/+$/, '');
}

function credential(
  env: Environment,
  readFile: (path: string) => string,
  shard: number,
  what: 'USERNAME' | 'PASSWORD',
): readonly [variable: string, value: string] {
  const own = `OVIS_SHARD_${String(shard)}_${what}`;
  const common = `OVIS_${what}`;
  for (const variable of [own, common]) {
    const value = readSetting(env, variable, readFile);
    if (value !== undefined) return [variable, value];
  }
  throw new SettingsError(own, `is not set, nor is ${common}; shard ${String(shard)} of OVIS_SHARDS needs one of them`);
}
