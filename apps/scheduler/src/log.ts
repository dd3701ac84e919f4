import { pino, type Logger } from 'pino';
import type { LogLevel } from './log-level.ts';

/** JSON lines on standard output. What is logged are facts of the run log: names, ids, counts, error classes. */
export function createLog(level: LogLevel): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
