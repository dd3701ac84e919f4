import { openPlatform as openWith, type Platform } from '@ovis/pipeline';
import type { ClientEvents } from 'ovis-client';
import type { SchedulerSettings } from './settings.ts';
import { VERSION } from './version.ts';

/** Connects to everything that the jobs need. @throws NotMigratedError if the database is older than this version. */
export function openPlatform(
  settings: SchedulerSettings,
  { clientEvents }: { readonly clientEvents?: ClientEvents } = {},
): Promise<Platform> {
  return openWith(settings, { name: 'ovis-scheduler', version: VERSION, ...(clientEvents ? { clientEvents } : {}) });
}
