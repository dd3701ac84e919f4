export { CANARY_DIGITS, CANARY_MARKS, CANARY_PREFIX } from './documents/canary.ts';
export { measurementRow, replacementRow, type MeasurementRow, type ReplacementRow } from './documents/battery-rows.ts';
export type { DefectRates } from './documents/defects.ts';
export type {
  ExpectedAggregate,
  ExpectedCustomer,
  ExpectedDeviceState,
  ExpectedEvaluation,
  ExpectedNode,
} from './documents/expected.ts';
export {
  createEvaluationObjects,
  type EvaluationObject,
  type EvaluationObjects,
  type EvaluationObjectsOptions,
  type OpenEvaluationObject,
} from './evaluation-results/evaluation-objects.ts';
export { SimulatorError, SimulatorListenError, SimulatorOptionError } from './errors.ts';
export type { AggregateRefusal, BrokenKind } from './fleet/breakage.ts';
export { createFleet, type Fleet, type FleetSettings } from './fleet/fleet.ts';
export { ratesOf, type FaultRates, type Profile, type Rates } from './fleet/profile.ts';
export type { SimulatorOptions } from './options.ts';
export type { ShardRequests } from './server/counters.ts';
export type { Credentials } from './server/shard-settings.ts';
export { startSimulator, type SimulatedShard, type Simulator } from './simulator.ts';
export type { DeviceChanges, Snapshot } from './truth/device-changes.ts';
export {
  createTruth,
  type AggregateQuestion,
  type CustomerTruth,
  type DeviceTruth,
  type EvaluationQuestion,
  type FleetCounts,
  type Truth,
} from './truth/truth.ts';
export { batteryAt, replacementsBetween, type BatteryState } from './world/battery.ts';
export type { BatteryMeasurement, BatteryReplacement } from './world/battery-history.ts';
export { ALGORITHMS, type Algorithm, type Evaluation } from './world/evaluation.ts';
export { METRICS, type DailyAggregate, type Metric } from './world/daily-aggregate.ts';
export type { Customer } from './world/customer.ts';
export type { DeviceState, HeatingMode } from './world/device-state.ts';
export { firmwareReleases, type FirmwareRelease } from './world/firmware.ts';
export { hash, hashText, pick, unit } from './world/hash.ts';
export type { Hierarchy, HierarchyNode } from './world/hierarchy.ts';
export { customerId, deviceId, parseCustomerId, parseDeviceId } from './world/ids.ts';
export type { DeviceSite } from './world/roster.ts';
export { createWorld, type World, type WorldOptions } from './world/world.ts';
