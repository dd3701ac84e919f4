import { assignShards, customerSizes } from './customer-sizes.ts';
import { eventAt, lastEventIndex, type EventSeries } from './event-series.ts';
import { hash, hashText, unit } from './hash.ts';
import { DAY, WORLD_BEGIN, YEAR } from './time.ts';

/** How long a customer that left is still listed, as `churned` and without devices; after that the shard forgets it. */
export const CHURNED_LISTED_SECONDS = 90 * DAY;

/**
 * Who owns which devices. The roster has a fixed number of *slots*; in each slot one customer follows another (its
 * *generations*): when one leaves, the next joins with as many devices of its own. So customers come and go for ever
 * while the fleet keeps its size, and only the slots are held in memory.
 *
 * Customer number = generation × slots + slot; device number = generation × devices + first device of the slot + local number.
 */
export interface Roster {
  /** Devices that the slots hold together; one generation of them exists at a time. */
  readonly devices: number;
  readonly slots: number;
  readonly shards: number;
  /** Devices per slot. */
  readonly sizes: Int32Array;
  /** The first device number of each slot in generation 0, ascending. */
  readonly firstDevice: Int32Array;
  readonly shardOf: Int32Array;
  /** The slots of each shard, ascending. */
  readonly slotsOfShard: readonly (readonly number[])[];
  /** Hash that all about customers is drawn from. */
  readonly customerKey: number;
  /** Hash that all about devices is drawn from. */
  readonly deviceKey: number;
}

/** Builds the slots: O(customers), a few bytes each. */
export function createRoster(options: { devices: number; customers: number; shards: number; seed: string }): Roster {
  const { devices, customers: slots, shards } = options;
  const seedKey = hashText(options.seed);
  const sizes = customerSizes(devices, slots, hash(seedKey, 1));
  const firstDevice = new Int32Array(slots);
  for (let slot = 1; slot < slots; slot++) firstDevice[slot] = (firstDevice[slot - 1] ?? 0) + (sizes[slot - 1] ?? 0);
  const shardOf = assignShards(sizes, shards);
  const slotsOfShard: number[][] = Array.from({ length: shards }, () => []);
  shardOf.forEach((shard, slot) => slotsOfShard[shard]?.push(slot));
  const keys = { customerKey: hash(seedKey, 2), deviceKey: hash(seedKey, 3) };
  return { devices, slots, shards, sizes, firstDevice, shardOf, slotsOfShard, ...keys };
}

/** The times at which a slot's customers change: generation `g` joins at event `g` and leaves at event `g + 1`. */
function generations(roster: Roster, slot: number): EventSeries {
  const key = hash(roster.customerKey, slot);
  const period = Math.floor((4 + 5 * unit(key, -1)) * YEAR);
  return { key, origin: WORLD_BEGIN - Math.floor((1 + unit(key, -2)) * period), period, jitter: 0.6 };
}

/** The customer number that holds a slot at a time. */
export function customerOfSlot(roster: Roster, slot: number, time: number): number {
  return lastEventIndex(generations(roster, slot), time) * roster.slots + slot;
}

/** A customer's stay: it joins at `joinedAt` and leaves at `leftAt`, in seconds. */
export interface CustomerStay {
  readonly slot: number;
  readonly joinedAt: number;
  readonly leftAt: number;
}

/** When a customer joins and leaves. */
export function customerStay(roster: Roster, customer: number): CustomerStay {
  const slot = customer % roster.slots;
  const generation = Math.floor(customer / roster.slots);
  const series = generations(roster, slot);
  return { slot, joinedAt: eventAt(series, generation), leftAt: eventAt(series, generation + 1) };
}

/** Installing takes a day for every four devices, at most 21 days. */
function onboardingSeconds(size: number): number {
  return Math.min(21, Math.ceil(size / 4)) * DAY;
}

/** How many devices of a customer are installed at a time; none before it joins and none after it left. */
export function installedCount(roster: Roster, customer: number, time: number): number {
  const { slot, joinedAt, leftAt } = customerStay(roster, customer);
  if (time < joinedAt || time >= leftAt) return 0;
  const size = roster.sizes[slot] ?? 0;
  return Math.min(size, Math.floor(((time - joinedAt) * size) / onboardingSeconds(size)) + 1);
}

/** The first device number of a customer; its others follow without a gap, in the order of their installation. */
export function firstDeviceOf(roster: Roster, customer: number): number {
  const slot = customer % roster.slots;
  return Math.floor(customer / roster.slots) * roster.devices + (roster.firstDevice[slot] ?? 0);
}

/** Where a device belongs. */
export interface DeviceSite {
  /** Device number. */
  readonly device: number;
  /** Hash that all about this device is drawn from. */
  readonly key: number;
  /** Number of the customer that it belongs to, for ever. */
  readonly customer: number;
  /** 0 for the customer's first device. */
  readonly local: number;
  /** When it was mounted and first started, in seconds. */
  readonly installedAt: number;
}

/** Finds where a device belongs: a binary search over the slots. */
export function deviceSite(roster: Roster, device: number): DeviceSite {
  const inGeneration = device % roster.devices;
  let slot = 0;
  for (let high = roster.slots; high - slot > 1;) {
    const middle = (slot + high) >> 1;
    if ((roster.firstDevice[middle] ?? 0) <= inGeneration) slot = middle;
    else high = middle;
  }
  const customer = Math.floor(device / roster.devices) * roster.slots + slot;
  return siteOf(roster, customer, inGeneration - (roster.firstDevice[slot] ?? 0));
}

/** Like {@link deviceSite}, for the `local`-th device of a customer. */
export function siteOf(roster: Roster, customer: number, local: number): DeviceSite {
  const { slot, joinedAt } = customerStay(roster, customer);
  const size = roster.sizes[slot] ?? 1;
  const device = firstDeviceOf(roster, customer) + local;
  const installedAt = joinedAt + Math.ceil((onboardingSeconds(size) * local) / size);
  return { device, key: hash(roster.deviceKey, device), customer, local, installedAt };
}

/**
 * The customers that a shard lists at a time, in slot order: those that are there, and those that left within
 * {@link CHURNED_LISTED_SECONDS}.
 */
export function customersOfShard(roster: Roster, shard: number, time: number): number[] {
  const listed: number[] = [];
  for (const slot of roster.slotsOfShard[shard] ?? []) {
    const series = generations(roster, slot);
    const generation = lastEventIndex(series, time);
    if (generation > 0 && time - eventAt(series, generation) < CHURNED_LISTED_SECONDS) {
      listed.push((generation - 1) * roster.slots + slot);
    }
    listed.push(generation * roster.slots + slot);
  }
  return listed;
}
