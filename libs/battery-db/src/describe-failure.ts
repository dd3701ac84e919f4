import { DatabaseError } from 'pg';
import { BatteryDatabaseError, type BatteryErrorClass, type Retryability } from './errors.ts';

interface Kind {
  readonly states: RegExp;
  readonly errorClass: BatteryErrorClass;
  readonly retryability: Retryability;
  readonly problem: string;
}

/** What the server may report (https://www.postgresql.org/docs/current/errcodes-appendix.html), and what to do then. */
const KINDS: readonly Kind[] = [
  {
    states: /^(?:28|3D000$)/,
    errorClass: 'battery_db_refused',
    retryability: 'terminal',
    problem: 'refused the login; correct user, password and database in BATTERY_DATABASE_URL',
  },
  {
    states: /^42501$/,
    errorClass: 'battery_db_refused',
    retryability: 'terminal',
    problem: 'does not let this login read the tables; ask its owner to grant select',
  },
  {
    states: /^(?:42|3F)/,
    errorClass: 'battery_db_schema',
    retryability: 'terminal',
    problem: 'has not the tables or columns of the contract; ask its owner what has changed',
  },
  {
    states: /^57014$/,
    errorClass: 'battery_db_timeout',
    retryability: 'transient',
    problem: 'took longer than the statement timeout; try again when it is less busy',
  },
  {
    states: /^(?:08|53|57P|40|58)/,
    errorClass: 'battery_db_unreachable',
    retryability: 'transient',
    problem: 'is busy, restarting or out of resources; try again later',
  },
];

const LOST: Kind = {
  states: /^$/,
  errorClass: 'battery_db_unreachable',
  retryability: 'transient',
  problem: 'cannot be reached, or the connection was lost; check that it runs and that BATTERY_DATABASE_URL names it',
};

const OTHER: Kind = {
  states: /^/,
  errorClass: 'battery_db_statement',
  retryability: 'terminal',
  problem: 'refused a statement',
};

/** Names what `pg` threw. Nothing that the server reported is kept but its code: messages may quote values. */
export function describeFailure(error: unknown): BatteryDatabaseError {
  if (error instanceof BatteryDatabaseError) return error;
  const sqlState = error instanceof DatabaseError ? (error.code ?? null) : null;
  const kind = sqlState === null ? LOST : (KINDS.find(({ states }) => states.test(sqlState)) ?? OTHER);
  const { errorClass, retryability, problem } = kind;
  const code = sqlState === null ? networkCode(error) : `SQLSTATE ${sqlState}`;
  return new BatteryDatabaseError(`the battery database ${problem}${code === '' ? '' : ` (${code})`}`, {
    errorClass,
    retryability,
    sqlState,
  });
}

function networkCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
