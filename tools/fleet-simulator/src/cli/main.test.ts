import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const NODE = ['--conditions=ovis-source', MAIN];

/** Starts the program and waits until it has said all that it says. */
async function start(
  args: readonly string[],
): Promise<{ output: string; residentMb: () => number; stop: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [...NODE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    output += chunk;
    if (output.includes('stop with')) break;
  }
  const residentMb = (): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  };
  const stop = async (): Promise<unknown> => {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    return (await exit)[0];
  };
  return { output, residentMb, stop };
}

describe('fleet-simulator', () => {
  test('prints the shards, answers, and stops on a signal', async () => {
    const { output, stop } = await start(['--devices', '300', '--shards', '2', '--now', '2026-11-22T00:00:00Z']);
    expect(output).toMatch(/^OVIS_SHARDS=http:\/\/127\.0\.0\.1:\d+,http:\/\/127\.0\.0\.1:\d+\ncontrol: http:/);
    expect(output).toContain('at 2026-11-22T00:00:00.000Z');
    const control = /^control: (.+)$/m.exec(output)?.[1];
    expect((await fetch(`${control}/truth/counts`)).status).toBe(200);
    expect(await stop()).toBe(0);
  });

  // Again on a machine that was busy with something else.
  test.runIf(process.platform === 'linux')(
    'starts a million devices in less than two seconds, without holding them in memory',
    { retry: 2 },
    async () => {
      const begin = performance.now();
      const { residentMb, stop } = await start(['--devices', '1000000', '--profile', 'untidy']);
      expect(performance.now() - begin).toBeLessThan(2000);
      expect(residentMb()).toBeLessThan(200);
      expect(await stop()).toBe(0);
    },
  );

  test.each([
    [['--devices', 'many'], 2, "option '--devices <n>' argument 'many' is invalid. Give a whole number."],
    [['--profile', 'chaotic'], 2, 'Allowed choices are tidy, untidy.'],
    [['--devices', '3', '--customers', '4'], 2, 'fleet-simulator: customers is 4 but devices is 3'],
    [['--shards', '99999999999'], 2, 'fleet-simulator: shards is 99999999999; give a whole number from 1 to 1000'],
    [['--now', 'soon'], 2, 'fleet-simulator: now is not a time; give an ISO 8601 time'],
    [['--port', '1', '--host', '203.0.113.1'], 2, 'cannot listen on 203.0.113.1:'],
  ])('says what is wrong with %j and leaves no server', async (args, code, message) => {
    const running = promisify(execFile)(process.execPath, [...NODE, ...args]);
    await expect(running).rejects.toMatchObject({ code, stderr: expect.stringContaining(message) as unknown });
    await expect(running).rejects.not.toMatchObject({ stderr: expect.stringContaining('    at ') as unknown });
  });
});
