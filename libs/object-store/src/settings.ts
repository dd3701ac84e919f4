import { readSetting, SettingsError, type Environment } from '@ovis/foundation';

/** Where the bucket is, and who reads it. */
export interface ObjectStoreSettings {
  /** Such as `https://minio.example.com:9000`; no path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

const ENDPOINT_EXAMPLE = 'https://minio.example.com:9000';

/** S3's rules for names, less what looks like an IP address. */
const BUCKET = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Reads `S3_ENDPOINT`, `S3_REGION` (default `us-east-1`, as MinIO's), `S3_BUCKET` (default `battery-eval-results`, as in the
 * contract), `S3_ACCESS_KEY` and `S3_SECRET_KEY`; each also as `…_FILE`.
 *
 * @returns null when `S3_ENDPOINT` is not set: the source is not there.
 * @throws SettingsError naming the variable, never showing a key.
 */
export function parseObjectStoreSettings(
  env: Environment,
  readFile: (path: string) => string,
): ObjectStoreSettings | null {
  const endpoint = readSetting(env, 'S3_ENDPOINT', readFile);
  if (endpoint === undefined) return null;
  return {
    endpoint: checkEndpoint(endpoint),
    region: checkRegion(readSetting(env, 'S3_REGION', readFile) ?? 'us-east-1'),
    bucket: checkBucket(readSetting(env, 'S3_BUCKET', readFile) ?? 'battery-eval-results'),
    accessKey: key(env, 'S3_ACCESS_KEY', readFile),
    secretKey: key(env, 'S3_SECRET_KEY', readFile),
  };
}

function checkEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SettingsError('S3_ENDPOINT', `is no http or https URL; expected e.g. ${ENDPOINT_EXAMPLE}`);
  }
  if (url.username || url.password) {
    throw new SettingsError('S3_ENDPOINT', 'holds credentials; give them as S3_ACCESS_KEY and S3_SECRET_KEY');
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new SettingsError(
      'S3_ENDPOINT',
      `has a path, a query or a fragment; give the server only, e.g. ${ENDPOINT_EXAMPLE}, and the bucket as S3_BUCKET`,
    );
  }
  return url.origin;
}

function checkRegion(region: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(region)) return region;
  throw new SettingsError('S3_REGION', 'is no name of a region; expected e.g. us-east-1');
}

function checkBucket(bucket: string): string {
  if (BUCKET.test(bucket)) return bucket;
  throw new SettingsError(
    'S3_BUCKET',
    'is no name of a bucket; expected 3 to 63 lower-case letters, digits, dots and hyphens',
  );
}

function key(env: Environment, name: string, readFile: (path: string) => string): string {
  const value = readSetting(env, name, readFile);
  if (value === undefined) {
    throw new SettingsError(name, `is not set, but S3_ENDPOINT is; set it, or ${name}_FILE to a mounted secret`);
  }
  // It goes into a header and a signature: a line break or a blank from a copied file would be refused as a wrong key.
  if (/^[\u0021-\u007e]+$/.test(value)) return value;
  throw new SettingsError(name, 'holds blanks, line breaks or other characters that no key has; copy it again');
}
