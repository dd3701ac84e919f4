export {
  StubbedOvisClient,
  type StubbedCall,
  type StubbedFailure,
  type StubbedOvisClientOptions,
  type StubbedShard,
} from './stubbed-ovis-client.ts';
