import type {
  ExpectedAggregate,
  ExpectedCustomer,
  ExpectedDeviceState,
  ExpectedEvaluation,
  ExpectedNode,
} from '../documents/expected.ts';
import { isMalformed } from '../documents/evaluation-line.ts';
import { SimulatorOptionError } from '../errors.ts';
import type { AggregateRefusal, BrokenKind } from '../fleet/breakage.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { EVALUATION_BEGINS, evaluationOf, revisionAt, type Algorithm } from '../world/evaluation.ts';
import { hashText } from '../world/hash.ts';
import type { Metric } from '../world/daily-aggregate.ts';
import type { Customer } from '../world/customer.ts';
import { customerId, deviceId, parseCustomerId, parseDeviceId } from '../world/ids.ts';
import type { DeviceSite } from '../world/roster.ts';
import { parseDay } from '../world/time.ts';
import { deviceChanges, type DeviceChanges } from './device-changes.ts';
import { worldSeconds } from './world-seconds.ts';

/** A customer that a shard lists. */
export interface CustomerTruth {
  readonly customerId: string;
  /** The shard's name: host and port. */
  readonly shard: string;
  readonly status: Customer['status'];
  /** Devices in its listing. */
  readonly devices: number;
  /** Nodes in its hierarchy. */
  readonly nodes: number;
  /** How its hierarchy, device states and customer-level aggregates fail for ever; null when they do not. */
  readonly broken: BrokenKind | null;
  readonly expected: ExpectedCustomer;
}

/** A device that is in the field. */
export interface DeviceTruth {
  readonly deviceId: string;
  readonly customerId: string;
  readonly shard: string;
  /** Whether its customer is broken, so that it may never be read. */
  readonly broken: boolean;
  /** What a careful reader of its state keeps: typed, null for what is missing or of a wrong type, no personal data. */
  readonly expected: ExpectedDeviceState;
}

/** How large the fleet is at a time. */
export interface FleetCounts {
  /** Customers that are listed, churned ones included. */
  readonly customers: number;
  /** Customers that have devices. */
  readonly customersWithDevices: number;
  readonly brokenCustomers: number;
  readonly devices: number;
  /** Devices of customers that are not broken. */
  readonly reachableDevices: number;
  /** Hierarchy nodes of customers that are not broken. */
  readonly reachableNodes: number;
}

/** A daily aggregate to ask for. */
export interface AggregateQuestion {
  readonly customerId: string;
  readonly metric: Metric;
  /** UTC day, e.g. `2026-11-22`. */
  readonly date: string;
}

/** A folder of evaluation results to ask for. */
export interface EvaluationQuestion {
  readonly algorithm: Algorithm;
  /** UTC day, e.g. `2026-11-22`. */
  readonly date: string;
}

/** What the simulator knows. Times are simulated; devices come shard by shard, customer by customer. */
export interface Truth {
  customers(at: Date): CustomerTruth[];
  /** The listed customers that are broken. */
  brokenCustomers(at: Date): CustomerTruth[];
  counts(at: Date): FleetCounts;
  /** All devices in the field, or those of one customer. */
  devices(at: Date, customerId?: string): Generator<DeviceTruth>;
  /** Null when the device is not in the field at that time. */
  device(deviceId: string, at: Date): DeviceTruth | null;
  /** The hierarchy of a customer, in listing order. */
  nodes(customerId: string, at: Date): Generator<ExpectedNode>;
  /** The aggregates of a customer's devices that reported on that day, as known at a time. */
  aggregates(question: AggregateQuestion, at: Date): Generator<ExpectedAggregate>;
  /** How the customer-level call is refused, or null. */
  aggregateRefusal(question: AggregateQuestion): AggregateRefusal | null;
  /** The results of a folder as it is at a time, in the order of its lines, without those of malformed lines. */
  evaluations(question: EvaluationQuestion, at: Date): Generator<ExpectedEvaluation>;
  /** What happened to each device that is in the field at `to`, between a query at `from` and one at `to`. */
  changes(from: Date, to: Date): Generator<DeviceChanges>;
  /** The same for one device; null when it is not in the field at `to`. */
  deviceChanges(deviceId: string, from: Date, to: Date): DeviceChanges | null;
}

/**
 * Makes the truth of a fleet.
 *
 * @param shardNames in shard order.
 */
export function createTruth(fleet: Fleet, shardNames: readonly string[]): Truth {
  const { world, presentation, breakage } = fleet;

  const customerTruth = (customer: Customer, time: number): CustomerTruth => ({
    customerId: customerId(customer.customer),
    shard: shardNames[customer.shard] ?? '',
    status: customer.status,
    devices: customer.thermostatCount,
    nodes: world.hierarchy(customer.customer, time).length,
    broken: breakage.broken(customer.customer),
    expected: presentation.customer.expected(customer),
  });

  const deviceTruth = (site: DeviceSite, time: number): DeviceTruth => ({
    deviceId: deviceId(site.device),
    customerId: customerId(site.customer),
    shard: shardNames[world.customer(site.customer, time)?.shard ?? 0] ?? '',
    broken: breakage.broken(site.customer) !== null,
    expected: presentation.deviceState.expected(world.deviceState(site, time)),
  });

  function* sites(time: number, customer: number | null): Generator<DeviceSite> {
    if (customer === null) yield* world.sites(time);
    else for (let local = 0; local < world.deviceCount(customer, time); local++) yield world.siteOf(customer, local);
  }

  const customers = (at: Date): CustomerTruth[] => {
    const time = worldSeconds(at);
    return shardNames.flatMap((_, shard) => world.customersOfShard(shard, time).map((c) => customerTruth(c, time)));
  };

  const siteAt = (id: string, at: Date): DeviceSite | null => {
    const device = parseDeviceId(id);
    return device === null ? null : world.site(device, worldSeconds(at));
  };

  return {
    customers,
    brokenCustomers: (at) => customers(at).filter(({ broken }) => broken !== null),
    counts: (at) => count(customers(at)),
    *devices(at, id) {
      const time = worldSeconds(at);
      for (const site of sites(time, id === undefined ? null : knownCustomer(id))) yield deviceTruth(site, time);
    },
    device: (id, at) => {
      const site = siteAt(id, at);
      return site === null ? null : deviceTruth(site, worldSeconds(at));
    },
    *nodes(id, at) {
      const hierarchy = world.hierarchy(knownCustomer(id), worldSeconds(at));
      for (let place = 0; place < hierarchy.length; place++) yield presentation.node.expected(hierarchy.node(place));
    },
    *aggregates({ customerId: id, metric, date }, at) {
      const time = worldSeconds(at);
      for (const site of sites(time, knownCustomer(id))) {
        const aggregate = world.dailyAggregate(site, metric, knownDay(date), time);
        if (aggregate !== null) yield presentation.aggregate.expected(aggregate);
      }
    },
    aggregateRefusal: ({ customerId: id, metric, date }) => breakage.refusal(knownCustomer(id), metric, knownDay(date)),
    *evaluations({ algorithm, date }, at) {
      const day = knownDay(date);
      const revision = revisionAt(hashText(fleet.settings.world.seed), algorithm, day, worldSeconds(at));
      for (const site of world.sites(day + EVALUATION_BEGINS)) {
        const evaluation = evaluationOf(site, { algorithm, day, revision });
        if (evaluation !== null && !isMalformed(fleet, evaluation)) yield presentation.evaluation.expected(evaluation);
      }
    },
    *changes(from, to) {
      for (const site of world.sites(worldSeconds(to))) {
        yield deviceChanges(world, site, worldSeconds(from), worldSeconds(to));
      }
    },
    deviceChanges: (id, from, to) => {
      const site = siteAt(id, to);
      return site === null ? null : deviceChanges(world, site, worldSeconds(from), worldSeconds(to));
    },
  };
}

function count(customers: readonly CustomerTruth[]): FleetCounts {
  const total = (list: readonly CustomerTruth[], of: (customer: CustomerTruth) => number): number =>
    list.reduce((sum, customer) => sum + of(customer), 0);
  const reachable = customers.filter(({ broken }) => broken === null);
  return {
    customers: customers.length,
    customersWithDevices: customers.filter(({ devices }) => devices > 0).length,
    brokenCustomers: customers.length - reachable.length,
    devices: total(customers, ({ devices }) => devices),
    reachableDevices: total(reachable, ({ devices }) => devices),
    reachableNodes: total(reachable, ({ nodes }) => nodes),
  };
}

function knownCustomer(id: string): number {
  const customer = parseCustomerId(id);
  if (customer === null) throw new SimulatorOptionError('customerId', 'customerId must look like c-000417');
  return customer;
}

function knownDay(date: string): number {
  const day = parseDay(date);
  if (day === null) throw new SimulatorOptionError('date', 'date must be a day, as in 2026-11-22');
  return day;
}
