export { findMinio, INSTALL_MINIO, MINIO_VERSION } from './binary.ts';
export { startMinio, type MinioServer } from './start-minio.ts';
