import { compileAllowlist, createDropReport, defineAllowlist } from '@ovis/pii-allowlist';
import { describe, expect, test } from 'vitest';
import { deviceStateAllowlist } from './device-state.ts';
import { compareWithContract } from './testing/compare-with-contract.ts';

describe('the allowlist of device states', () => {
  test('decides on every field of the contract, and lets no personal one pass', () => {
    expect(compareWithContract(deviceStateAllowlist)).toEqual({
      undecided: [],
      personalButAllowed: [],
      unknownToContract: [],
    });
  });

  test('is compared in a way that finds undecided, personal and unknown fields', () => {
    const { deviceId } = deviceStateAllowlist.fields;
    const { location: _, ...leftOut } = deviceStateAllowlist.leftOut;
    const { macAddress: __, ...rest } = leftOut;
    const fields = { ...deviceStateAllowlist.fields, macAddress: deviceId, invented: deviceId };
    expect(compareWithContract(defineAllowlist({ entity: 'DeviceState', fields, leftOut: rest }))).toEqual({
      undecided: ['location.latitude', 'location.longitude'],
      personalButAllowed: ['macAddress'],
      unknownToContract: ['invented'],
    });
  });

  test('keeps what is needed of a state and nothing personal', () => {
    const report = createDropReport();
    const result = compileAllowlist(deviceStateAllowlist).project(
      {
        deviceId: 'd-00012345',
        macAddress: '00:11:22:33:44:55',
        embeddedVersion: '4.6.1',
        hardwareVersion: 'rev3',
        lastSeenAt: '2026-11-22T02:40:12+01:00',
        batteryLevel: '71.5',
        connectivity: { ratio24h: 0.98, rssi: -67, wifiSsid: 'Example family' },
        configuration: { userSetTemp: 21.5, heatingMode: 'PARTY', ownerName: 'Ann Example' },
        location: { latitude: 52.5, longitude: 13.4 },
      },
      report,
    );
    expect(result.ok && JSON.parse(result.row.payload)).toEqual({
      deviceId: 'd-00012345',
      embeddedVersion: '4.6.1',
      hardwareVersion: 'rev3',
      lastSeenAt: '2026-11-22T01:40:12.000Z',
      batteryLevel: 71.5,
      connectivity: { ratio24h: 0.98, rssi: -67 },
      configuration: { userSetTemp: 21.5 },
    });
    expect(Object.fromEntries(report.dropped)).toEqual({ '*': 2, 'connectivity.*': 1, 'configuration.*': 1 });
    expect(Object.fromEntries(report.mismatched)).toEqual({ 'configuration.heatingMode': 1 });
  });
});
