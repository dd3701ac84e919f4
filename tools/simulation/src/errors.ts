/** A simulation could not go on; the message says what it waited for. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
}
