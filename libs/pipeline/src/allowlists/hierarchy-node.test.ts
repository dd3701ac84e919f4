import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import { describe, expect, test } from 'vitest';
import { hierarchyNodeAllowlist } from './hierarchy-node.ts';
import { compareWithContract } from './testing/compare-with-contract.ts';

describe('the allowlist of hierarchy nodes', () => {
  test('decides on every field of the contract, and lets no personal one pass', () => {
    expect(compareWithContract(hierarchyNodeAllowlist)).toEqual({
      undecided: [],
      personalButAllowed: [],
      unknownToContract: [],
    });
  });

  test('keeps the place of a node and not its name', () => {
    const node = {
      nodeId: 'n-1',
      parentId: null,
      kind: 'room',
      deviceId: null,
      name: 'Ann’s office',
      roomType: 'office',
      floorArea: '18.5',
      notes: 'call Ann',
    };
    const result = compileAllowlist(hierarchyNodeAllowlist).project(node, createDropReport());
    expect(result.ok && result.row.payload).toBe('{"nodeId":"n-1","kind":"room","roomType":"office","floorArea":18.5}');
  });

  test('quarantines a node of an unknown kind', () => {
    const result = compileAllowlist(hierarchyNodeAllowlist).project(
      { nodeId: 'n-1', kind: 'garden' },
      createDropReport(),
    );
    expect(result).toEqual({ ok: false, reason: 'key_invalid:kind' });
  });
});
