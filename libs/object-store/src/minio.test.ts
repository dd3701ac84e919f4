import { findMinio, INSTALL_MINIO, startMinio } from '@ovis/object-server/minio';
import { bucketSuite } from '../test/bucket-suite.ts';

const program = findMinio();

bucketSuite(
  program === null ? `MinIO (left out: it is not built here; where Go is, ${INSTALL_MINIO} does it)` : 'MinIO',
  program === null ? null : () => startMinio(program),
);
