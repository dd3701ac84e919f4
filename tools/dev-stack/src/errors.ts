/** Something that the development stack needs is not to be had on this machine; the message says what and what to do. */
export class DevStackError extends Error {
  override readonly name = 'DevStackError';
}
