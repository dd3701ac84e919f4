export {
  StubbedOvisClient,
  type StubbedCall,
  type StubbedDeviceCall,
  type StubbedFailure,
  type StubbedOvisClientOptions,
  type StubbedShard,
} from './stubbed-ovis-client.ts';
