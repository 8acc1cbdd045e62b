"""Runs checks one after the other and says how each went. Exit code 0 when all passed."""

import sys
import time
import traceback

import openai


def expect(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}")


def run(checks):
    failed = 0
    for check in checks:
        started = time.monotonic()
        try:
            check()
            print(f"ok      {check.__name__} ({time.monotonic() - started:.2f} s)", flush=True)
        except Exception:  # each check reports for itself; the rest still run
            failed += 1
            print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"openai {openai.__version__}: {len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
