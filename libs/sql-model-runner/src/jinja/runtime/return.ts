import { bindArguments, signature } from '../builtins/native.ts';
import { hostFunction } from './host.ts';
import { ReturnSignal } from './macro.ts';

const RETURN = signature('data=null');

/** dbt's `return(value)`: ends the macro that is running, and is its value, of whatever type. For a scope, under the name `return`. */
export const returnFunction = hostFunction('return', (args) => {
  const [value = null] = bindArguments('return', RETURN, args);
  throw new ReturnSignal(value);
});
