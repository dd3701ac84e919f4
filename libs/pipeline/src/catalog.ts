import type { Catalog } from '@ovis/orchestrator';
import { batteryEvalResults } from './assets/battery-eval-results.ts';
import { batteryMeasurements, batteryReplacements } from './assets/battery-rows.ts';
import { CustomerDirectory } from './assets/customer-directory.ts';
import { dailyAggregates } from './assets/daily-aggregates.ts';
import { deviceLastUpdates } from './assets/device-last-updates.ts';
import { thermostatHierarchy } from './assets/thermostat-hierarchy.ts';
import { jobs } from './jobs.ts';
import { modelBuilder } from './models/model-builder.ts';
import type { PipelineResources } from './resources.ts';

/** The assets, jobs and models of this platform. */
export function createCatalog(): Catalog<PipelineResources> {
  const directory = new CustomerDirectory();
  const assets = [
    deviceLastUpdates(directory),
    thermostatHierarchy(directory),
    dailyAggregates(directory),
    batteryEvalResults(),
    batteryMeasurements(),
    batteryReplacements(),
  ];
  return { assets, jobs, models: modelBuilder };
}
