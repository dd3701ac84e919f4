// Builds the MinIO server that the conformance tests run against. Exit code 0: it is there, or Go is not; 1: it cannot be built.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findMinio, MINIO_VERSION, minioFolder } from '../minio/binary.ts';

const folder = minioFolder();
const work = join(dirname(folder), 'build');
const program = process.platform === 'win32' ? 'minio.exe' : 'minio';

function build(): boolean {
  const own = { GOBIN: join(work, 'bin'), GOCACHE: join(work, 'cache'), GOMODCACHE: join(work, 'modules') };
  mkdirSync(own.GOBIN, { recursive: true });
  // What the machine keeps of Go already is used; what is fetched besides stays in the checkout and goes with the build.
  const { GOCACHE = own.GOCACHE, GOMODCACHE = own.GOMODCACHE } = process.env;
  const flags = ['-trimpath', '-ldflags=-s -w', `github.com/minio/minio@${MINIO_VERSION}`];
  const { status } = spawnSync('go', ['install', ...flags], {
    cwd: work,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...own, GOCACHE, GOMODCACHE, GOFLAGS: '-mod=mod -buildvcs=false -modcacherw' },
  });
  if (status !== 0) return false;
  mkdirSync(folder, { recursive: true });
  renameSync(join(own.GOBIN, program), join(folder, program));
  return true;
}

if (findMinio() !== null) process.stdout.write(`minio: ${MINIO_VERSION} is built already\n`);
else if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
  process.stdout.write(
    'minio: SKIPPED, Go is not installed; the conformance tests against a real MinIO are left out\n',
  );
} else {
  process.stdout.write(`minio: building ${MINIO_VERSION}, which takes some minutes\n`);
  const built = build();
  rmSync(work, { recursive: true, force: true });
  process.stdout.write(built ? `minio: built in ${folder}\n` : 'minio: FAILED to build; see above\n');
  if (!built) process.exitCode = 1;
}
