export { StubbedBatteryDatabase, type StubbedRow } from './stubbed-battery-database.ts';
