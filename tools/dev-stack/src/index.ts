export { DevStackError } from './errors.ts';
export { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres/start-postgres.ts';
export { simulatorSettings, startDevStack, type DevStack, type DevStackOptions } from './dev-stack.ts';
