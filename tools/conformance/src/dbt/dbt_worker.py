"""Runs dbt commands, one a line of JSON on standard input, in one process: starting Python for each would cost seconds."""

import contextlib
import io
import json
import os
import sys
import traceback

from dbt.cli.main import dbtRunner
from dbt.deprecations import active_deprecations


def run(request):
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    # Those of former projects would count as warnings of this one.
    active_deprecations.clear()
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            result = dbtRunner().invoke(request["args"])
        except BaseException:
            return {"code": 2, "output": output.getvalue() + traceback.format_exc()}
    if result.exception is not None:
        return {"code": 2, "output": output.getvalue() + str(result.exception)}
    return {"code": 0 if result.success else 1, "output": output.getvalue()}


def main():
    # What dbt prints past sys.stdout must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)


# dbt's processes import this file, too.
if __name__ == "__main__":
    main()
