"""Benchmarks: each prints both sides of a ratio that was measured in one run on this machine.

    ./civic bench [NAME …] [--size small|full] [--json FILE]

A benchmark is a function in ``benchmarks.py`` with its goal beside it.  They are no part of the tests' verdict.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import archive  # noqa: E402, F401  registers its own
import benchmarks  # noqa: E402
import kpi  # noqa: E402, F401  registers its own
import outgoing  # noqa: E402, F401  registers its own
import packages  # noqa: E402, F401  registers its own
import reading  # noqa: E402, F401  registers its own
import retention  # noqa: E402, F401  registers its own
import signing  # noqa: E402, F401  registers its own
import transport  # noqa: E402, F401  registers its own
import workfiles  # noqa: E402, F401  registers its own


def main() -> int:
    parser = argparse.ArgumentParser(prog='civic bench', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('names', nargs='*', help="benchmarks to run (default: all): " + ', '.join(benchmarks.REGISTRY))
    parser.add_argument('--size', choices=['small', 'full'], default='small')
    parser.add_argument('--json', metavar='FILE', help="write the results as a list of objects")
    options = parser.parse_args()
    if unknown := set(options.names) - set(benchmarks.REGISTRY):
        parser.error(f"no benchmark named {', '.join(sorted(unknown))}; there are: {', '.join(benchmarks.REGISTRY)}")

    rows, failed = [], False
    with benchmarks.Bench(options.size) as bench:
        for name in options.names or benchmarks.REGISTRY:
            started = time.monotonic()
            print(f"· {name} …", flush=True)
            try:
                results = benchmarks.REGISTRY[name](bench)
            except Exception:
                traceback.print_exc()
                failed = True
                continue
            for result in results:
                rows.append({**dataclasses.asdict(result), 'size': options.size})
                mark = 'holds' if result.holds else 'MISSED'
                print(f"  {result.name:34} ours {result.ours:>10.2f}  floor {result.floor:>10.2f} {result.unit:<10}"
                      f" ratio {result.ratio:>6.2f}  goal {result.goal:<10} {mark}   ({result.what})")
            print(f"  took {time.monotonic() - started:.0f} s", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + '\n')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
