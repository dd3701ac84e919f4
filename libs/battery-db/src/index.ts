export type { BatteryDatabase, BatteryPage, BatteryPosition, ReadPagesOptions } from './battery-database.ts';
export type { BatteryEntity } from './entities.ts';
export { BatteryDatabaseError, BatteryOptionError, type BatteryErrorClass, type Retryability } from './errors.ts';
export { PostgresBatteryDatabase, type PostgresBatteryDatabaseOptions } from './postgres-battery-database.ts';
