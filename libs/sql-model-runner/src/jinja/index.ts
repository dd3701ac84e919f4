export { JinjaError, JinjaSyntaxError, type JinjaFrame } from './errors.ts';
export { joinNative, renderNative } from './native.ts';
export { nearestName } from './nearest.ts';
export { bindArguments, MISSING, signature, type Signature } from './builtins/native.ts';
export { BoundMacro } from './runtime/bound-macro.ts';
export type { Limits } from './runtime/budget.ts';
export {
  callValue,
  callValueSync,
  HostFunction,
  hostFunction,
  HostObject,
  hostObject,
  isCallable,
  type HostFunctionBody,
  type HostObjectDefinition,
} from './runtime/host.ts';
export { returnFunction } from './runtime/return.ts';
export type { HostFilter, Scope } from './runtime/rendering.ts';
export type { BlockTagForm, BlockTags } from './syntax/block-tags.ts';
export {
  compileTemplate,
  Template,
  type CompileOptions,
  type Definition,
  type DefinitionParameter,
} from './template.ts';
export { toHost, toPython } from './values/convert.ts';
export { iterate, PyDict, PySet } from './values/dict.ts';
export { jsonText, type JsonOptions } from './values/json.ts';
export { literalEval } from './values/literal.ts';
export { toRepr, toText } from './values/print.ts';
export { PyUndefined, type UndefinedBehaviour } from './values/undefined.ts';
export {
  float,
  isTrue,
  NO_ARGUMENTS,
  NO_KEYWORDS,
  PyCallable,
  PyFloat,
  PyIterator,
  PyNamespace,
  PyObject,
  PyTuple,
  typeName,
  type CallArguments,
  type Operator,
  type Value,
} from './values/value.ts';
