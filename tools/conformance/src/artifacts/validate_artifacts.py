"""Validates artifacts by the schemas that dbt publishes, which it generates from these classes. Takes one folder, prints findings as JSON."""

import json
import sys
from pathlib import Path

from dbt.artifacts.schemas.catalog import CatalogArtifact
from dbt.artifacts.schemas.freshness import FreshnessExecutionResultArtifact
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.artifacts.schemas.run import RunResultsArtifact
from jsonschema import Draft202012Validator

ARTIFACTS = {
    "manifest.json": WritableManifest,
    "run_results.json": RunResultsArtifact,
    "catalog.json": CatalogArtifact,
    "sources.json": FreshnessExecutionResultArtifact,
}


def nearest(error):
    """Where one of several forms is expected: what is wrong with the form that is meant, by its constants (`resource_type`)."""
    while error.context:
        forms = {}
        for one in error.context:
            forms.setdefault(one.schema_path[0], []).append(one)
        meant = [form for form in forms.values() if all(one.validator != "const" for one in form)]
        error = min(meant or forms.values(), key=len)[0]
    return error


def findings(validator, version, path):
    content = json.loads(path.read_text())
    if content["metadata"]["dbt_schema_version"] != version:
        yield f"metadata.dbt_schema_version is not {version}"
    for error in map(nearest, validator.iter_errors(content)):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def main(folder):
    found = []
    validated = 0
    for name, kind in ARTIFACTS.items():
        validator = Draft202012Validator(kind.json_schema())
        for path in sorted(Path(folder).glob(f"*/{name}")):
            validated += 1
            found += [f"{path.relative_to(folder)} {text}" for text in findings(validator, str(kind.dbt_schema_version), path)]
    print(json.dumps({"validated": validated, "findings": found}))


if __name__ == "__main__":
    main(sys.argv[1])
