/** A setting from the environment is missing or wrong. The message names the variable, never its value where that may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly retryability = 'terminal';

  readonly variable: string;

  /** @param problem what is wrong and what to do, to follow the variable's name in a sentence. */
  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable} ${problem}`, options);
    this.variable = variable;
  }
}
