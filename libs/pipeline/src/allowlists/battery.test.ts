import { compileAllowlist, createDropReport, defineAllowlist } from '@ovis/pii-allowlist';
import { describe, expect, test } from 'vitest';
import { batteryEvaluationAllowlist, batteryMeasurementAllowlist, batteryReplacementAllowlist } from './battery.ts';
import { batteryTableFields, evaluationResultFields } from './testing/battery-contract-fields.ts';
import { compareWithContract } from './testing/compare-with-contract.ts';

const AGREEMENT = { undecided: [], personalButAllowed: [], unknownToContract: [] };

describe('the allowlists of the battery database', () => {
  test.each([
    ['measurements', batteryMeasurementAllowlist],
    ['replacements', batteryReplacementAllowlist],
  ])('decide on every column of %s, and let no personal one pass', (_, definition) => {
    expect(compareWithContract(definition, batteryTableFields(definition.entity))).toEqual(AGREEMENT);
  });

  test('are compared with all columns of the contract, and with its marks', () => {
    expect(batteryTableFields('battery_replacement')).toEqual([
      { path: 'replacement_id', personal: false },
      { path: 'device_id', personal: false },
      { path: 'replaced_at', personal: false },
      { path: 'recorded_at', personal: false },
      { path: 'battery_type', personal: false },
      { path: 'reason', personal: true },
      { path: 'replaced_by', personal: true },
    ]);
    const { device_id: id, measurement_id: row } = batteryMeasurementAllowlist.fields;
    const fields = { measurement_id: row, technician: id, invented: id };
    const definition = defineAllowlist({ entity: 'battery_measurement', fields });
    expect(compareWithContract(definition, batteryTableFields('battery_measurement'))).toEqual({
      undecided: ['device_id', 'measured_at', 'recorded_at', 'voltage', 'temperature', 'load_current'],
      personalButAllowed: ['technician'],
      unknownToContract: ['invented'],
    });
  });

  test('keep what is needed of a row and nothing personal', () => {
    const report = createDropReport();
    const result = compileAllowlist(batteryReplacementAllowlist).project(
      {
        replacement_id: '7',
        device_id: 'd-00012345',
        replaced_at: '2026-11-22T02:40:12+01:00',
        recorded_at: '2026-11-22T01:41:00Z',
        battery_type: 'asked Ann Example',
        reason: 'Ann Example was at home',
        replaced_by: 'Bob Example',
      },
      report,
    );
    expect(result.ok && JSON.parse(result.row.payload)).toEqual({
      replacement_id: 7,
      device_id: 'd-00012345',
      replaced_at: '2026-11-22T01:40:12.000Z',
      recorded_at: '2026-11-22T01:41:00.000Z',
    });
    expect(Object.fromEntries(report.dropped)).toEqual({ '*': 2 });
    expect(Object.fromEntries(report.mismatched)).toEqual({ battery_type: 1 });
  });
});

describe('the allowlist of evaluation results', () => {
  test('decides on every field of the contract, and lets no personal one pass', () => {
    expect(compareWithContract(batteryEvaluationAllowlist, evaluationResultFields())).toEqual(AGREEMENT);
  });

  test('is compared with all fields of the contract, and with its mark', () => {
    expect(evaluationResultFields().map(({ path }) => path)).toEqual([
      'deviceId',
      'algorithm',
      'algorithmVersion',
      'evaluatedAt',
      'predictedRemainingDays',
      'confidence',
      'features.voltageSlope',
      'features.coldStarts',
      'reviewedBy',
    ]);
    expect(evaluationResultFields().filter(({ personal }) => personal)).toEqual([
      { path: 'reviewedBy', personal: true },
    ]);
  });
});
