import {
  measurementsBetween,
  recordedReplacementsBetween,
  type BatteryMeasurement,
  type BatteryReplacement,
} from './battery-history.ts';
import { customerAt, type Customer } from './customer.ts';
import { dailyAggregateAt, type DailyAggregate, type Metric } from './daily-aggregate.ts';
import { deviceStateAt, type DeviceState } from './device-state.ts';
import { fieldAt, type Field } from './field.ts';
import { hierarchyAt, type Hierarchy } from './hierarchy.ts';
import {
  createRoster,
  customersOfShard,
  deviceSite,
  installedCount,
  siteOf,
  type DeviceSite,
  type Roster,
} from './roster.ts';

/** What a world is made of; equal options make equal worlds, in every process and at every time. */
export interface WorldOptions {
  /** Devices in the field; fewer by a few in a thousand while new customers are being equipped. */
  readonly devices: number;
  /** Customers at any time, at most `devices`. */
  readonly customers: number;
  readonly shards: number;
  readonly seed: string;
}

/**
 * A fleet over all times. Nothing in it changes and nothing is stored a device: every answer is computed from
 * (seed, number, time). Customers, devices and shards are numbers from 0; times are whole seconds since 1970 in UTC.
 */
export interface World {
  readonly options: WorldOptions;
  readonly roster: Roster;
  /** The customers that a shard lists: those that are there and those that left in the last 90 days. */
  customersOfShard(shard: number, time: number): Customer[];
  /** Null when no shard knows the customer at that time. */
  customer(customer: number, time: number): Customer | null;
  /** How many devices of a customer are in the field; they are its local numbers 0 … count - 1. */
  deviceCount(customer: number, time: number): number;
  /** Where the `local`-th device of a customer is. */
  siteOf(customer: number, local: number): DeviceSite;
  /** Where a device is; null when it is not in the field at that time. */
  site(device: number, time: number): DeviceSite | null;
  /** The last report that got through. */
  deviceState(site: DeviceSite, time: number): DeviceState;
  hierarchy(customer: number, time: number): Hierarchy;
  /** Null when the backend has no report of that day. */
  dailyAggregate(site: DeviceSite, metric: Metric, day: number, time: number): DailyAggregate | null;
  /** All devices in the field, shard by shard and customer by customer. */
  sites(time: number): Generator<DeviceSite>;
  /** The same, to be found by their places. */
  field(time: number): Field;
  /** What the battery database records in [from, to), in that order. */
  measurementsBetween(from: number, to: number): Generator<BatteryMeasurement>;
  /** What the battery database records in [from, to), in that order. */
  replacementsBetween(from: number, to: number): Generator<BatteryReplacement>;
}

/** Makes a world: O(customers) time and memory, whatever the number of devices. */
export function createWorld(options: WorldOptions): World {
  const roster = createRoster(options);
  const customers = (shard: number, time: number): Customer[] =>
    customersOfShard(roster, shard, time).flatMap((customer) => customerAt(roster, customer, time) ?? []);
  return {
    options,
    roster,
    customersOfShard: customers,
    customer: (customer, time) => customerAt(roster, customer, time),
    deviceCount: (customer, time) => installedCount(roster, customer, time),
    siteOf: (customer, local) => siteOf(roster, customer, local),
    site: (device, time) => {
      const site = deviceSite(roster, device);
      return site.local < installedCount(roster, site.customer, time) ? site : null;
    },
    deviceState: deviceStateAt,
    hierarchy: (customer, time) => hierarchyAt(roster, customer, time),
    dailyAggregate: dailyAggregateAt,
    *sites(time) {
      for (let shard = 0; shard < options.shards; shard++) {
        for (const { customer, thermostatCount } of customers(shard, time)) {
          for (let local = 0; local < thermostatCount; local++) yield siteOf(roster, customer, local);
        }
      }
    },
    field: (time) => fieldAt(roster, time),
    measurementsBetween: (from, to) => measurementsBetween(roster, from, to),
    replacementsBetween: (from, to) => recordedReplacementsBetween(roster, from, to),
  };
}
