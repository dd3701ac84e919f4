/** What the global set-up hands to the test files: where the server is and which database they clone. */
export interface ProvidedServer {
  readonly url: string;
  readonly template: string | null;
}

declare module 'vitest' {
  // Vitest's documented way to type what `provide` gives.
  export interface ProvidedContext {
    ovisTestServer: ProvidedServer;
  }
}
