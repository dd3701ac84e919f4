import type { Presence } from './presence.ts';
import type { Pool } from 'pg';
import { beatAndTakeOver } from './take-over.ts';
import type { RequestLeases } from './request-leases.ts';

/** Says that this process lives until it is ended: for one that runs a job by hand. */
export async function stayPresent(
  pool: Pool,
  presence: Presence,
  leases: RequestLeases | null,
): Promise<AsyncDisposable> {
  const beat = async (): Promise<void> => {
    await beatAndTakeOver(pool, presence);
    await leases?.rebalance();
  };
  await beat();
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A missed beat is made good by the next; while the database is away, the run itself says so.
    beating = beating.then(beat).catch(() => undefined);
  }, presence.beatEveryMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await beating;
      await presence.leave().catch(() => undefined);
    },
  };
}
