import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The version that is built: the last one that MinIO's authors published as source. */
export const MINIO_VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';

const WORKSPACE = resolve(import.meta.dirname, '../../../..');

/** Where the server program is kept: an ignored folder of the checkout that `npm ci` leaves alone. */
export function minioFolder(): string {
  return join(WORKSPACE, '.ovis/minio', MINIO_VERSION);
}

/** The server program; null if it was not built. */
export function findMinio(): string | null {
  const path = join(minioFolder(), process.platform === 'win32' ? 'minio.exe' : 'minio');
  return existsSync(path) ? path : null;
}

/** How it is built. */
export const INSTALL_MINIO = 'node --conditions=ovis-source tools/object-server/src/cli/install-minio.ts';
