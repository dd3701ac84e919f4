/** Whether trying again later may help. */
export type Retryability = 'transient' | 'terminal';

/** A short stable name of what went wrong, made for counting. */
export type BatteryErrorClass =
  | 'battery_db_option'
  | 'battery_db_closed'
  | 'battery_db_unreachable'
  | 'battery_db_refused'
  | 'battery_db_schema'
  | 'battery_db_timeout'
  | 'battery_db_statement';

/** The base of everything that the library throws, except the reason of an aborted signal. Messages hold no row values and no password. */
export class BatteryDatabaseError extends Error {
  override readonly name: string = 'BatteryDatabaseError';
  readonly retryability: Retryability;
  readonly errorClass: BatteryErrorClass;
  /** What the server reported; null where it did not come to that. */
  readonly sqlState: string | null;

  constructor(
    message: string,
    facts: {
      readonly retryability: Retryability;
      readonly errorClass: BatteryErrorClass;
      readonly sqlState?: string | null;
    },
  ) {
    super(message);
    this.retryability = facts.retryability;
    this.errorClass = facts.errorClass;
    this.sqlState = facts.sqlState ?? null;
  }
}

/** The caller asked for what cannot be asked: an unknown column, a range that ends before it begins. */
export class BatteryOptionError extends BatteryDatabaseError {
  override readonly name = 'BatteryOptionError';

  constructor(problem: string) {
    super(problem, { retryability: 'terminal', errorClass: 'battery_db_option' });
  }
}
