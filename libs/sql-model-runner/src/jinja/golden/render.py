"""Renders probes.txt with Python's jinja2, as dbt configures it, and prints the outcomes as JSON.

Run: python3 render.py > probes.json
"""

import json
import pathlib
import sys

import jinja2
import jinja2.sandbox

FOLDER = pathlib.Path(__file__).parent


def read_probes():
    group, lines = None, []
    for line in (FOLDER / "probes.txt").read_text().split("\n"):
        if line.startswith("--- "):
            if group is not None:
                yield group, "\n".join(lines)
            group, lines = line[4:], []
        elif group is not None:
            lines.append(line)
    yield group, "\n".join(lines).rstrip("\n")


def outcome(environment, template):
    context = json.loads((FOLDER / "context.json").read_text())
    try:
        return {"output": environment.from_string(template).render(**context)}
    except Exception as error:  # every class of error is an outcome
        return {"error": type(error).__name__}


def main():
    environment = jinja2.sandbox.SandboxedEnvironment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    probes = [
        {"group": group, "template": template, **outcome(environment, template)} for group, template in read_probes()
    ]
    json.dump({"jinja2": jinja2.__version__, "probes": probes}, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
