import { compileAllowlist, createDropReport, defineAllowlist, identifier } from '@ovis/pii-allowlist';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceStateAllowlist } from '../../allowlists/device-state.ts';
import { canaryDocuments } from './canary-documents.ts';
import { holdsCanary } from './canaries.ts';

const documents = fc.sample(canaryDocuments(deviceStateAllowlist, { hardwareVersion: fc.constant('rev3') }), {
  seed: 1,
  numRuns: 500,
});

/** What passes of the documents, and what was counted of the rest. */
function passing(definition: Parameters<typeof compileAllowlist>[0]): readonly string[] {
  const projector = compileAllowlist(definition);
  const report = createDropReport();
  const results = documents.map((document) => projector.project(document, report));
  return [
    ...results.map((result) => (result.ok ? result.row.payload : result.reason)),
    JSON.stringify([...report.dropped]),
  ];
}

describe(canaryDocuments, () => {
  test('puts canaries into almost every document, and lets most of them pass in part', () => {
    expect(documents.filter((document) => holdsCanary(JSON.stringify(document))).length).toBeGreaterThan(450);
    expect(passing(deviceStateAllowlist).filter((text) => text.startsWith('{')).length).toBeGreaterThan(300);
  });

  test('gives every allowed field a value that passes, and every field one that does not', () => {
    const report = createDropReport();
    const projector = compileAllowlist(deviceStateAllowlist);
    const payloads = documents.map((document) => projector.project(document, report));
    const rows = payloads.flatMap((result) => (result.ok ? [result.row] : []));
    for (const path of Object.keys(deviceStateAllowlist.fields)) {
      const values = rows.map((row) => row.column(path as 'uptime'));
      expect([path, values.some((value) => value !== null)]).toEqual([path, true]);
      expect([path, path === 'deviceId' || (report.mismatched.get(path) ?? 0) > 0]).toEqual([path, true]);
    }
  });

  test('is stopped by the allowlist of device states, and not by one that lets something personal pass', () => {
    expect(passing(deviceStateAllowlist).filter(holdsCanary)).toEqual([]);
    const { macAddress: _, ...leftOut } = deviceStateAllowlist.leftOut;
    const fields = { ...deviceStateAllowlist.fields, macAddress: identifier({ reason: 'none' }) };
    const careless = defineAllowlist({ entity: 'DeviceState', fields, leftOut });
    expect(passing(careless).filter(holdsCanary).length).toBeGreaterThan(5);
  });
});
