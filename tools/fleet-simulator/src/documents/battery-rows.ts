import type { BatteryMeasurement, BatteryReplacement } from '../world/battery-history.ts';
import { deviceId } from '../world/ids.ts';
import { isoTime } from '../world/time.ts';
import { canary } from './canary.ts';

/** A row of `battery_measurement`, without the identity that the database gives it. */
export interface MeasurementRow {
  readonly device_id: string;
  readonly measured_at: string;
  readonly recorded_at: string;
  readonly voltage: number;
  readonly temperature: number | null;
  readonly load_current: number | null;
  /** Personal: a canary, or null. */
  readonly technician: string | null;
}

/** A row of `battery_replacement`, without the identity that the database gives it. */
export interface ReplacementRow {
  readonly device_id: string;
  readonly replaced_at: string;
  readonly recorded_at: string;
  readonly battery_type: string;
  /** Personal: a canary. */
  readonly reason: string;
  /** Personal: a canary. */
  readonly replaced_by: string;
}

/** A measurement as the battery database holds it. */
export function measurementRow(measurement: BatteryMeasurement): MeasurementRow {
  const { technician } = measurement;
  return {
    device_id: deviceId(measurement.device),
    measured_at: isoTime(measurement.measuredAt),
    recorded_at: isoTime(measurement.recordedAt),
    voltage: measurement.voltage,
    temperature: measurement.temperature,
    load_current: measurement.loadCurrent,
    technician: technician === null ? null : canary('technician', String(technician)),
  };
}

/** A replacement as the battery database holds it. */
export function replacementRow(replacement: BatteryReplacement): ReplacementRow {
  const id = deviceId(replacement.device);
  return {
    device_id: id,
    replaced_at: isoTime(replacement.replacedAt),
    recorded_at: isoTime(replacement.recordedAt),
    battery_type: replacement.batteryType,
    reason: `empty again, asked for by ${canary('reason', id)}`,
    replaced_by: canary('technician', String(replacement.technician)),
  };
}
