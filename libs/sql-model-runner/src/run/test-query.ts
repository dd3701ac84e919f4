import { ModelRunnerError } from '../errors.ts';
import type { NodeConfig } from '../project/config.ts';
import type { QueryResult } from '../warehouse/warehouse.ts';
import type { NodeStatus } from './result.ts';

/** The configuration of a test, with dbt's defaults. */
interface TestConfig {
  readonly severity: 'error' | 'warn';
  readonly failCalc: string;
  readonly warnIf: string;
  readonly errorIf: string;
  readonly limit: number | null;
}

function readTestConfig(config: NodeConfig): TestConfig {
  const text = (key: string, byDefault: string): string =>
    typeof config[key] === 'string' && config[key] !== '' ? config[key] : byDefault;
  const severity = text('severity', 'error').toLowerCase();
  if (severity !== 'error' && severity !== 'warn') {
    throw new ModelRunnerError(`config "severity" is "${severity}"; expected "warn" or "error"`, 'terminal');
  }
  const { limit } = config;
  return {
    severity,
    failCalc: text('fail_calc', 'count(*)'),
    warnIf: text('warn_if', '!= 0'),
    errorIf: text('error_if', '!= 0'),
    limit: typeof limit === 'number' ? limit : null,
  };
}

/** The query around a test's select: how many rows it finds, and whether that is too many. */
export function testQuery(sql: string, config: NodeConfig): string {
  const { failCalc, warnIf, errorIf } = readTestConfig(config);
  return `select
  ${failCalc} as failures,
  ${failCalc} ${warnIf} as should_warn,
  ${failCalc} ${errorIf} as should_error
from (
${sql}
) dbt_internal_test`;
}

/** The select of a test with its `limit`. */
export function withLimit(sql: string, config: NodeConfig): string {
  const { limit } = readTestConfig(config);
  return limit === null ? sql : `${sql}\nlimit ${limit}`;
}

/** What a test's query says. */
export interface TestVerdict {
  readonly status: Extract<NodeStatus, 'pass' | 'warn' | 'fail'>;
  readonly failures: number;
  readonly message: string | null;
}

/** @throws ModelRunnerError when the query gave no verdict. */
export function judgeTest(result: QueryResult, config: NodeConfig): TestVerdict {
  const [row] = result.rows;
  if (!row || result.rows.length !== 1) {
    throw new ModelRunnerError(
      `the test's query gave ${result.rows.length} rows; expected one, so "fail_calc" has to be an aggregate such as count(*)`,
      'terminal',
    );
  }
  const { severity, warnIf, errorIf } = readTestConfig(config);
  const failures = Number(row[0] ?? 0);
  const got = `got ${failures} result${failures === 1 ? '' : 's'}, configured to`;
  if (severity === 'error' && row[2] === true)
    return { status: 'fail', failures, message: `${got} fail if ${errorIf}` };
  if (row[1] === true) return { status: 'warn', failures, message: `${got} warn if ${warnIf}` };
  return { status: 'pass', failures: 0, message: null };
}
