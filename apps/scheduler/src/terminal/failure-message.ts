export { describeFailure, type Failure } from '@ovis/pipeline';
