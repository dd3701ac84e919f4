import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

/** Sessions that were logged out before their time, as all processes that serve the API know them. */
export interface EndedSessions {
  has(sessionId: string): Promise<boolean>;
  add(sessionId: string, expiresAt: Date, now: Date): Promise<void>;
}

/** Keeps them in `ops`, by a hash that is of no use as a session, until they would have ended anyway. */
export function endedSessionsIn(pool: Pool): EndedSessions {
  return {
    async has(sessionId) {
      const { rows } = await pool.query<{ is_ended: boolean }>(
        'select exists (select from ops.ended_sessions where session_hash = $1) as is_ended',
        [hashOf(sessionId)],
      );
      return rows[0]?.is_ended === true;
    },
    async add(sessionId, expiresAt, now) {
      await pool.query(
        `with forgotten as (
           delete from ops.ended_sessions where expires_at < $3 and session_hash <> $1
         )
         insert into ops.ended_sessions (session_hash, expires_at) values ($1, $2) on conflict (session_hash) do nothing`,
        [hashOf(sessionId), expiresAt, now],
      );
    },
  };
}

function hashOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('base64url');
}
