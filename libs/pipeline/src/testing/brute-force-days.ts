import type { Snapshot } from './model-sandbox.ts';

/** What raw holds, by device and time. */
export type Loads = Map<string, Snapshot & { readonly queriedAt: string }>;

/** A row of `stg_last_updates_per_day`, as far as it is computed. */
export interface Day {
  readonly device_id: string;
  readonly queried_date: string;
  readonly queried_at: string;
  readonly uptime_seconds: number | null;
  readonly snapshot_count: number;
  readonly had_reset_since_previous_query: boolean;
  readonly calibrations_since_previous_query: number | null;
  readonly day_version: number;
}

interface State {
  readonly queriedAt: string;
  readonly uptime: number | null;
  readonly lastSeenMs: number | null;
  readonly calibrationTotal: number | null;
}

/** Works the days out snapshot by snapshot, looking back over the device's whole history each time. */
export function daysByBruteForce(loads: Loads, versions: ReadonlyMap<string, number>): readonly Day[] {
  const devices = [...new Set([...loads.values()].map(({ deviceId }) => deviceId))].toSorted();
  return devices.flatMap((deviceId) => daysOfDevice(deviceId, historyOf(loads, deviceId), versions));
}

function historyOf(loads: Loads, deviceId: string): readonly State[] {
  return [...loads.values()]
    .filter((snapshot) => snapshot.deviceId === deviceId)
    .map(({ queriedAt, payload }) => ({
      queriedAt,
      uptime: payload['uptime'] as number | null,
      lastSeenMs: typeof payload['lastSeenAt'] === 'string' ? Date.parse(payload['lastSeenAt']) : null,
      calibrationTotal: payload['calibrationTotal'] as number | null,
    }))
    .toSorted((a, b) => a.queriedAt.localeCompare(b.queriedAt));
}

function daysOfDevice(deviceId: string, history: readonly State[], versions: ReadonlyMap<string, number>): Day[] {
  const dates = [...new Set(history.map(({ queriedAt }) => queriedAt.slice(0, 10)))];
  return dates.map((date) => {
    const ofDay = history.filter(({ queriedAt }) => queriedAt.startsWith(date));
    const last = ofDay.at(-1) as State;
    const calibrations = ofDay.flatMap((state) => calibrationsOfStep(history, state));
    return {
      device_id: deviceId,
      queried_date: date,
      queried_at: last.queriedAt,
      uptime_seconds: last.uptime,
      snapshot_count: ofDay.length,
      had_reset_since_previous_query: ofDay.some((state) => isReset(history, state)),
      calibrations_since_previous_query: calibrations.length === 0 ? null : calibrations.reduce((a, b) => a + b, 0),
      day_version: versions.get(date) ?? 0,
    };
  });
}

function isReset(history: readonly State[], state: State): boolean {
  const before = history.findLast(({ queriedAt, uptime }) => queriedAt < state.queriedAt && uptime !== null);
  if (state.uptime === null || before === undefined || before.uptime === null) return false;
  if (state.lastSeenMs === null || before.lastSeenMs === null) return state.uptime < before.uptime;
  const passedSeconds = (state.lastSeenMs - before.lastSeenMs) / 1000;
  return passedSeconds >= 0 && (state.uptime < before.uptime || state.uptime < passedSeconds);
}

function calibrationsOfStep(history: readonly State[], state: State): number[] {
  const before = history.findLast(
    ({ queriedAt, calibrationTotal }) => queriedAt < state.queriedAt && calibrationTotal !== null,
  );
  if (state.calibrationTotal === null || before === undefined || before.calibrationTotal === null) return [];
  return [state.calibrationTotal - before.calibrationTotal];
}
