import type { DeviceState } from '../world/device-state.ts';
import { firmwareVersion } from '../world/firmware.ts';
import { customerId, deviceId } from '../world/ids.ts';
import { isoTime } from '../world/time.ts';
import { canary, canaryCoordinate } from './canary.ts';
import type { JsonObject } from './json.ts';

const versions = new Map<number, string>();

/** The version text of a firmware release, remembered. */
export function versionOf(release: number): string {
  const known = versions.get(release) ?? firmwareVersion(release);
  versions.set(release, known);
  return known;
}

/** A device state as the contract writes it; what the contract marks as personal is a canary. */
export function deviceStateDocument(state: DeviceState): JsonObject {
  const { device, customer } = state.site;
  const id = deviceId(device);
  return {
    deviceId: id,
    customerId: customerId(customer),
    serialNumber: `SN${id.slice(2)}`,
    macAddress: canary('mac', id),
    embeddedVersion: versionOf(state.firmware),
    hardwareVersion: `rev${state.hardwareRevision}`,
    lastSeenAt: isoTime(state.seenAt),
    uptime: state.uptime,
    batteryVoltage: state.batteryVoltage,
    batteryLevel: state.batteryLevel,
    valvePosition: state.valvePosition,
    temperature: state.temperature,
    humidity: state.humidity,
    calibrationTotal: state.calibrationTotal,
    connectivity: {
      ratio24h: state.ratio24h,
      rssi: state.rssi,
      gatewayIp: canary('ip', id),
      wifiSsid: canary('ssid', id),
    },
    configuration: configuration(state, id),
    location: {
      latitude: canaryCoordinate(47 + (device % 8), device),
      longitude: canaryCoordinate(6 + (device % 9), device),
    },
  };
}

function configuration(state: DeviceState, id: string): JsonObject {
  return {
    userSetTemp: state.userSetTemp,
    batteryRemainingDays: state.batteryRemainingDays,
    heatingMode: state.heatingMode,
    firmwareTarget: versionOf(state.firmwareTarget),
    windowOpenDetection: state.windowOpenDetection,
    frostProtectionTemp: state.frostProtectionTemp,
    valveOffset: state.valveOffset,
    reportInterval: state.reportInterval,
    boostDuration: state.boostDuration,
    childLock: state.childLock,
    maxSetTemp: state.maxSetTemp,
    minSetTemp: state.minSetTemp,
    // The set of parameters differs by firmware: JSON leaves out what is undefined.
    adaptiveHeating: state.adaptiveHeating,
    displayOrientation: state.displayOrientation,
    ownerName: canary('owner', id),
    pinCode: canary('pin', id),
    installerPhone: canary('installer', id),
  };
}
