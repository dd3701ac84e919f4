/** What a run took that was launched by hand. Milliseconds from the request. */
export interface Launch {
  /** Until its first asset was worked on. */
  readonly firstWorkMs: number;
  readonly endMs: number;
}
