import { defineAllowlist, enumeration, identifier, integer, type AllowedRow } from '@ovis/pii-allowlist';

/** What is read of a customer in order to ask for its devices. Customers themselves are not stored. */
export const customerAllowlist = defineAllowlist({
  entity: 'Customer',
  fields: {
    customerId: identifier({ key: true, reason: 'names the customer in requests and in the rows of its devices' }),
    status: enumeration({
      values: ['active', 'paused', 'churned'],
      reason: 'tells whether devices are to be expected',
    }),
    thermostatCount: integer({
      min: 0,
      max: 100_000_000,
      numericStrings: true,
      unit: 'thermostats',
      reason: 'the largest customers are asked first',
    }),
  },
  leftOut: {
    name: 'personal data: the name of a person or company',
    contactEmail: 'personal data: a mail address',
    contactPhone: 'personal data: a phone number',
    address: 'personal data: where people live or work',
    timeZone: 'not needed: all days are UTC days',
    createdAt: 'not needed: collection starts are kept in a table of their own',
  },
});

/** A customer after projection. */
export type CustomerRow = AllowedRow<typeof customerAllowlist>;
