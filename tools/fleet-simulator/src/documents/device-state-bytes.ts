import type { DeviceState } from '../world/device-state.ts';
import { isoTime } from '../world/time.ts';
import { CANARY_DIGITS, CANARY_PREFIX } from './canary.ts';
import { versionOf } from './device-state.ts';
import { fixedLayout, putDigits, putNumber, putText } from './fixed-layout.ts';

const TEXT =
  '{"deviceId":"d-<id:8>","customerId":"c-<customer:6>","serialNumber":"SN<id:8>","macAddress":"!mac-d-<id:8>",' +
  '"embeddedVersion":<firmware:10>,"hardwareVersion":"rev<hardware:1>","lastSeenAt":"<seen:20>","uptime":<uptime:10>,' +
  '"batteryVoltage":<voltage:6>,"batteryLevel":<level:6>,"valvePosition":<valve:3>,"temperature":<temperature:6>,' +
  '"humidity":<humidity:3>,"calibrationTotal":<calibrations:8>,"connectivity":{"ratio24h":<ratio:5>,"rssi":<rssi:4>,' +
  '"gatewayIp":"!ip-d-<id:8>","wifiSsid":"!ssid-d-<id:8>"},"configuration":{"userSetTemp":<userSetTemp:5>,' +
  '"batteryRemainingDays":<remaining:5>,"heatingMode":<mode:9>,"firmwareTarget":<target:10>,' +
  '"windowOpenDetection":<window:5>,"frostProtectionTemp":<frost:5>,"valveOffset":<offset:5>,' +
  '"reportInterval":<interval:5>,"boostDuration":<boost:5>,"childLock":<lock:5>,"maxSetTemp":<maxTemp:3>,' +
  '"minSetTemp":<minTemp:3>,<adaptive:24><orientation:31>"ownerName":"!owner-d-<id:8>","pinCode":"!pin-d-<id:8>",' +
  '"installerPhone":"!installer-d-<id:8>"},' +
  '"location":{"latitude":<latitude:3>.#<cell:3>,"longitude":<longitude:3>.#<cell:3>}}';

const LAYOUT = fixedLayout(TEXT.replaceAll('!', CANARY_PREFIX).replaceAll('#', CANARY_DIGITS));

function end(name: string): number {
  return LAYOUT.ends(name)[0] ?? Number.NaN;
}

const IDS = LAYOUT.ends('id');
const CELLS = LAYOUT.ends('cell');
const END = {
  customer: end('customer'),
  firmware: end('firmware'),
  hardware: end('hardware'),
  seen: end('seen'),
  uptime: end('uptime'),
  voltage: end('voltage'),
  level: end('level'),
  valve: end('valve'),
  temperature: end('temperature'),
  humidity: end('humidity'),
  calibrations: end('calibrations'),
  ratio: end('ratio'),
  rssi: end('rssi'),
  userSetTemp: end('userSetTemp'),
  remaining: end('remaining'),
  mode: end('mode'),
  target: end('target'),
  window: end('window'),
  frost: end('frost'),
  offset: end('offset'),
  interval: end('interval'),
  boost: end('boost'),
  lock: end('lock'),
  maxTemp: end('maxTemp'),
  minTemp: end('minTemp'),
  adaptive: end('adaptive'),
  orientation: end('orientation'),
  latitude: end('latitude'),
  longitude: end('longitude'),
};

/** What every device state takes. */
export const DEVICE_STATE_BYTES = LAYOUT.bytes.length;

/** Whether a device's numbers have no more digits than the layout has room for. */
export function fitsDeviceStateBytes({
  device,
  customer,
}: {
  readonly device: number;
  readonly customer: number;
}): boolean {
  return device < 1e8 && customer < 1e6;
}

/**
 * Writes what `deviceStateDocument` makes as JSON of {@link DEVICE_STATE_BYTES} bytes, padded with spaces. Pages of a
 * thousand device states are what a simulator is mostly asked for, and this costs a fifth of building and printing objects.
 */
export function putDeviceState(bytes: Uint8Array, start: number, state: DeviceState): void {
  bytes.set(LAYOUT.bytes, start);
  const { device, customer } = state.site;
  for (const id of IDS) putDigits(bytes, start + id, device, 8);
  for (const cell of CELLS) putDigits(bytes, start + cell, device % 1000, 3);
  putDigits(bytes, start + END.customer, customer, 6);
  putText(bytes, start + END.firmware, `"${versionOf(state.firmware)}"`);
  putNumber(bytes, start + END.hardware, state.hardwareRevision);
  putText(bytes, start + END.seen, isoTime(state.seenAt));
  putNumber(bytes, start + END.uptime, state.uptime);
  putNumber(bytes, start + END.voltage, state.batteryVoltage, 3);
  putNumber(bytes, start + END.level, state.batteryLevel, 1);
  putNumber(bytes, start + END.valve, state.valvePosition);
  putNumber(bytes, start + END.temperature, state.temperature, 1);
  putNumber(bytes, start + END.humidity, state.humidity);
  putNumber(bytes, start + END.calibrations, state.calibrationTotal);
  putNumber(bytes, start + END.ratio, state.ratio24h, 3);
  putNumber(bytes, start + END.rssi, state.rssi);
  putNumber(bytes, start + END.latitude, 47 + (device % 8));
  putNumber(bytes, start + END.longitude, 6 + (device % 9));
  putConfiguration(bytes, start, state);
}

function putConfiguration(bytes: Uint8Array, start: number, state: DeviceState): void {
  const { adaptiveHeating, displayOrientation } = state;
  putNumber(bytes, start + END.userSetTemp, state.userSetTemp, 1);
  putNumber(bytes, start + END.remaining, state.batteryRemainingDays);
  putText(bytes, start + END.mode, `"${state.heatingMode}"`);
  putText(bytes, start + END.target, `"${versionOf(state.firmwareTarget)}"`);
  putText(bytes, start + END.window, state.windowOpenDetection ? 'true' : 'false');
  putNumber(bytes, start + END.frost, state.frostProtectionTemp, 1);
  putNumber(bytes, start + END.offset, state.valveOffset, 1);
  putNumber(bytes, start + END.interval, state.reportInterval);
  putNumber(bytes, start + END.boost, state.boostDuration);
  putText(bytes, start + END.lock, state.childLock ? 'true' : 'false');
  putNumber(bytes, start + END.maxTemp, state.maxSetTemp);
  putNumber(bytes, start + END.minTemp, state.minSetTemp);
  if (adaptiveHeating !== undefined) putText(bytes, start + END.adaptive, `"adaptiveHeating":${adaptiveHeating},`);
  if (displayOrientation === undefined) return;
  putText(bytes, start + END.orientation, `"displayOrientation":"${displayOrientation}",`);
}
