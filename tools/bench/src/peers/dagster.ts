import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BenchError } from '../errors.ts';
import type { Launch } from '../orchestrator/launch.ts';
import { preparePeer, programOf, type PythonPeer } from './python-peer.ts';

const run = promisify(execFile);

const DAGSTER: PythonPeer = { name: 'dagster', packages: ['dagster==1.13.27', 'dagster-webserver==1.13.27'] };
const DEFINITIONS = fileURLToPath(new URL('../../peers/dagster_assets.py', import.meta.url));
const START_MS = 120_000;
const RUN_MS = 120_000;

/** What Dagster takes for the job of three assets. */
export interface DagsterFigures {
  readonly launches: readonly Launch[];
  /** Of all its standing processes, when no run is under way. */
  readonly megabytes: number;
}

/** Installs Dagster where it is missing. @returns why it cannot be compared with, or null. */
export function prepareDagster(): Promise<string | null> {
  return preparePeer(DAGSTER);
}

/**
 * Starts Dagster as its documentation has it for one machine (`dagster dev`: web server, daemon, code server) and launches the job over its API,
 * one run after the other.
 *
 * @throws BenchError if it does not start or a run fails.
 */
export async function launchInDagster(count: number): Promise<DagsterFigures> {
  const home = await mkdtemp(join(tmpdir(), 'ovis-dagster-'));
  await writeFile(join(home, 'dagster.yaml'), 'telemetry:\n  enabled: false\n');
  const port = await freePort();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    programOf(DAGSTER, 'dagster'),
    ['dev', '-f', DEFINITIONS, '-h', '127.0.0.1', '-p', String(port)],
    {
      env: { PATH: `${programOf(DAGSTER, '')}:${PATH}`, HOME, DAGSTER_HOME: home },
      stdio: 'ignore',
      detached: true,
    },
  );
  const ended = once(child, 'close');
  try {
    const api = new DagsterApi(`http://127.0.0.1:${String(port)}/graphql`);
    await api.isReady();
    const launches: Launch[] = [];
    // The first warms it up, and does not count.
    for (let index = 0; index <= count; index++) {
      const launch = await api.launch();
      if (index > 0) launches.push(launch);
    }
    return { launches, megabytes: await residentMegabytes(child.pid ?? 0) };
  } finally {
    // Its processes are one group.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await ended;
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

class DagsterApi {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async isReady(): Promise<void> {
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(250)) {
      const answer = await this.#ask<{ repositoriesOrError: { nodes?: readonly unknown[] } }>(
        '{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }',
      ).catch(() => null);
      if (answer?.repositoriesOrError.nodes?.length) return;
    }
    throw new BenchError('Dagster did not start within two minutes');
  }

  /** Launches the job and waits for its end. */
  async launch(): Promise<Launch> {
    const launchedMs = Date.now();
    const { launchRun } = await this.#ask<{ launchRun: { run?: { runId: string }; message?: string } }>(
      `mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
         ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }`,
      {
        params: {
          selector: {
            repositoryLocationName: 'dagster_assets.py',
            repositoryName: '__repository__',
            pipelineName: 'three_assets',
          },
          mode: 'default',
          runConfigData: {},
        },
      },
    );
    const runId = launchRun.run?.runId;
    if (runId === undefined) throw new BenchError(`Dagster launched nothing: ${launchRun.message ?? ''}`);
    for (const deadline = performance.now() + RUN_MS; performance.now() < deadline; await sleep(50)) {
      const { runOrError: found } = await this.#ask<{ runOrError: DagsterRun }>(
        `query ($runId: ID!) { runOrError(runId: $runId) {
           ... on Run { status endTime stepStats { startTime } } } }`,
        { runId },
      );
      if (found.status === 'FAILURE') throw new BenchError('the run in Dagster failed');
      if (found.status !== 'SUCCESS' || found.endTime === null) continue;
      const firstStep = Math.min(...found.stepStats.map(({ startTime }) => startTime ?? Infinity));
      return { firstWorkMs: firstStep * 1000 - launchedMs, endMs: found.endTime * 1000 - launchedMs };
    }
    throw new BenchError('a run in Dagster did not end within two minutes');
  }

  async #ask<T>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: T; errors?: readonly { message: string }[] };
    if (data === undefined || data === null)
      throw new BenchError(`Dagster's API refused: ${errors?.[0]?.message ?? ''}`);
    return data;
  }
}

interface DagsterRun {
  readonly status: string;
  readonly endTime: number | null;
  readonly stepStats: readonly { readonly startTime: number | null }[];
}

/** Of all processes of a group, from ps(1). */
async function residentMegabytes(group: number): Promise<number> {
  const { stdout } = await run('ps', ['-A', '-o', 'pgid=,rss=']);
  const sizes = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return sizes.filter(([pgid]) => pgid === group).reduce((sum, [, kilobytes = 0]) => sum + kilobytes, 0) / 1024;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
