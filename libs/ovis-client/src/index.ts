export type { ListOptions, OvisClient, Page } from './client.ts';
export type { Clock } from './clock.ts';
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
export type { ClientLimits, ShardedOvisClientOptions, ShardSettings } from './options.ts';
export { ShardedOvisClient } from './sharded-ovis-client.ts';
