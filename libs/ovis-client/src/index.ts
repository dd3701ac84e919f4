export type { Answer, ListOptions, OvisClient, Page, RequestOptions } from './client.ts';
export type { Clock } from './clock.ts';
export { METRICS, type AggregateQuestion, type Metric } from './daily-aggregates.ts';
export type {
  CircuitEvent,
  ClientEvents,
  FailureEvent,
  GiveUpEvent,
  LoginEvent,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
} from './events.ts';
export {
  CircuitOpenError,
  ClientClosedError,
  EndlessListingError,
  HttpStatusError,
  InvalidAnswerError,
  InvalidCustomerIdError,
  InvalidDeviceIdError,
  InvalidQuestionError,
  NetworkError,
  OvisClientError,
  RedirectError,
  SettingsError,
  ShardError,
  TimeoutError,
  TlsError,
  UnknownShardError,
  WrongCredentialsError,
} from './errors.ts';
export type {
  ErrorClass,
  InvalidAnswerClass,
  ListOperation,
  Operation,
  RequestFacts,
  Retryability,
  TimeoutPhase,
} from './errors.ts';
export type {
  ClientLimits,
  RequestLimiter,
  RequestsUnderWay,
  ShardedOvisClientOptions,
  ShardSettings,
} from './options.ts';
export {
  SHARD_FAILURES,
  readDailyAggregates,
  type AggregateFallback,
  type AggregatePage,
  type AggregatePosition,
  type ReadAggregatesOptions,
} from './read-daily-aggregates.ts';
export { ShardedOvisClient } from './sharded-ovis-client.ts';
