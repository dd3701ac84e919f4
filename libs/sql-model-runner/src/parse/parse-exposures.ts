import { configLevels, mergeConfig } from '../project/config.ts';
import type { ExposureNode, Lookup } from '../project/project.ts';
import { tagsOf } from './parse-models.ts';
import type { ParseState, ProjectProperties } from './parse-state.ts';
import { fqnOf, pathBelow } from './paths.ts';
import { readReference, resolveDependencies, type Referable } from './resolve.ts';

/** The exposures of a package, resolved. @throws ProjectError when one depends on what is not there. */
export function parseExposures(
  state: ParseState,
  properties: ProjectProperties,
  referable: Referable,
  lookup: Lookup,
): readonly ExposureNode[] {
  return properties.exposures.flatMap(({ file, properties: exposure }) => {
    const relative = pathBelow(file, state.file.paths.models) ?? file;
    const fqn = fqnOf(state.file.name, relative, exposure.name);
    const config = [...configLevels(state.file.exposures, fqn), exposure.config].reduce(mergeConfig, {});
    if (config['enabled'] === false) return [];
    const references = exposure.dependsOn
      .filter((text) => !/^\s*metric\s*\(/u.test(text))
      .map((text) => readReference(text, exposure.place));
    const findings = {
      refs: references.flatMap((reference) => ('sourceName' in reference ? [] : [reference])),
      sources: references.flatMap((reference) => ('sourceName' in reference ? [reference] : [])),
    };
    const refers = { packageName: state.file.name, place: exposure.place, findings };
    return [
      {
        uniqueId: `exposure.${state.file.name}.${exposure.name}`,
        resourceType: 'exposure' as const,
        packageName: state.file.name,
        name: exposure.name,
        originalFilePath: file,
        fqn,
        config,
        tags: tagsOf(config),
        description: exposure.description,
        dependsOn: resolveDependencies(refers, referable, lookup),
        properties: exposure,
        place: exposure.place,
      },
    ];
  });
}
