import { compileAllowlist, createDropReport } from '@ovis/pii-allowlist';
import { describe, expect, test } from 'vitest';
import { customerAllowlist } from './customer.ts';
import { compareWithContract } from './testing/compare-with-contract.ts';

describe('the allowlist of customers', () => {
  test('decides on every field of the contract, and lets no personal one pass', () => {
    expect(compareWithContract(customerAllowlist)).toEqual({
      undecided: [],
      personalButAllowed: [],
      unknownToContract: [],
    });
  });

  test('keeps what is needed to ask for the devices of a customer', () => {
    const item = {
      customerId: 'c-000417',
      name: 'Ann Example',
      contactEmail: 'ann@example.com',
      status: 'active',
      thermostatCount: '12',
      timeZone: 'Europe/Berlin',
    };
    const result = compileAllowlist(customerAllowlist).project(item, createDropReport());
    expect(result.ok && result.row.payload).toBe('{"customerId":"c-000417","status":"active","thermostatCount":12}');
  });
});
