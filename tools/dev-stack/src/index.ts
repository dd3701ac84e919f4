export { DevStackError } from './errors.ts';
export { startPostgres, type EmbeddedPostgres, type PostgresOptions } from './postgres/start-postgres.ts';
export { fillBatteryDatabase, type BatteryDatabaseOptions } from './battery-database.ts';
export {
  objectServerSettings,
  simulatorSettings,
  startDevStack,
  startEvaluations,
  type DevStack,
  type DevStackOptions,
} from './dev-stack.ts';
