/** Whether the same call may succeed later without a change by anybody. */
export type Retryability = 'transient' | 'terminal';

/** Where in a project's files something was found; lines and columns count from 1. */
export interface SourcePlace {
  /** Path below the project folder, with forward slashes. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** `models/a.sql:3:5`, as editors and terminals recognize it. */
export function formatPlace(place: SourcePlace): string {
  const line = place.line === undefined ? '' : `:${place.line}`;
  const column = place.column === undefined || place.line === undefined ? '' : `:${place.column}`;
  return `${place.file}${line}${column}`;
}

/** Base of every error that this library throws on purpose. */
export class ModelRunnerError extends Error {
  override readonly name: string = 'ModelRunnerError';
  readonly retryability: Retryability;

  constructor(message: string, retryability: Retryability, options?: ErrorOptions) {
    super(message, options);
    this.retryability = retryability;
  }
}

/** Something in the project's files is wrong: the message starts with the place. */
export class ProjectError extends ModelRunnerError {
  override readonly name = 'ProjectError';
  readonly place: SourcePlace | undefined;

  constructor(message: string, place?: SourcePlace, options?: ErrorOptions) {
    super(place === undefined ? message : `${formatPlace(place)}: ${message}`, 'terminal', options);
    this.place = place;
  }
}

/** A selector of `--select` or `--exclude` cannot be understood. */
export class SelectionError extends ModelRunnerError {
  override readonly name = 'SelectionError';
  readonly selector: string;

  constructor(selector: string, message: string) {
    super(`selector "${selector}": ${message}`, 'terminal');
    this.selector = selector;
  }
}

/** The connection settings (`DATABASE_URL`, profiles.yml, an option) are missing or wrong. */
export class SettingsError extends ModelRunnerError {
  override readonly name = 'SettingsError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** Facts of a failure that the database reported. */
export interface DatabaseFailure {
  /** The SQLSTATE, or null when the connection failed before the server could say one. */
  readonly sqlState: string | null;
  /** Offset of the failure in the statement, in characters from 0; null when the server named none. */
  readonly position: number | null;
  readonly hint: string | null;
  /** The statement that failed, null when none was running. */
  readonly statement: string | null;
}

/** The database refused a statement or could not be reached. Row values are never part of the message's additions. */
export class DatabaseError extends ModelRunnerError {
  override readonly name = 'DatabaseError';
  readonly sqlState: string | null;
  readonly position: number | null;
  readonly hint: string | null;
  readonly statement: string | null;

  constructor(message: string, failure: DatabaseFailure, retryability: Retryability, options?: ErrorOptions) {
    super(message, retryability, options);
    this.sqlState = failure.sqlState;
    this.position = failure.position;
    this.hint = failure.hint;
    this.statement = failure.statement;
  }
}

/** The run was cancelled through its `AbortSignal`. */
export class CancelledError extends ModelRunnerError {
  override readonly name = 'CancelledError';

  constructor(options?: ErrorOptions) {
    super('cancelled', 'transient', options);
  }
}
