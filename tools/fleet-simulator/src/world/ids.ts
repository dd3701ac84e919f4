/** The id of a customer number, e.g. `c-000417`. */
export function customerId(customer: number): string {
  return `c-${String(customer).padStart(6, '0')}`;
}

/** The id of a device number, e.g. `d-00012345`. */
export function deviceId(device: number): string {
  return `d-${String(device).padStart(8, '0')}`;
}

function parse(id: string, pattern: RegExp, format: (value: number) => string): number | null {
  const digits = pattern.exec(id)?.[1];
  // `c-0000417` names nobody: an id has exactly one spelling.
  return digits !== undefined && format(Number(digits)) === id ? Number(digits) : null;
}

/** The customer number of an id; null when the text is no customer id. */
export function parseCustomerId(id: string): number | null {
  return parse(id, /^c-(\d{6,9})$/, customerId);
}

/** The device number of an id; null when the text is no device id. */
export function parseDeviceId(id: string): number | null {
  return parse(id, /^d-(\d{8,10})$/, deviceId);
}
