import { createPresentation, type Presentation } from '../documents/presentation.ts';
import { createWorld, type World, type WorldOptions } from '../world/world.ts';
import { createBreakage, type Breakage } from './breakage.ts';
import type { Profile, Rates } from './profile.ts';

/** What all shards and the truth agree on; plain, so that it can be sent to another thread. */
export interface FleetSettings {
  readonly world: WorldOptions;
  readonly profile: Profile;
  readonly rates: Rates;
}

/** A fleet: what is true, how it is shown, and what is broken. */
export interface Fleet {
  readonly settings: FleetSettings;
  readonly world: World;
  readonly presentation: Presentation;
  readonly breakage: Breakage;
}

/** Makes a fleet; equal settings make equal fleets, in every thread. */
export function createFleet(settings: FleetSettings): Fleet {
  const { world, rates } = settings;
  return {
    settings,
    world: createWorld(world),
    presentation: createPresentation(world.seed, rates),
    breakage: createBreakage(world.seed, world.customers, rates),
  };
}
