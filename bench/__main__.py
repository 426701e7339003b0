"""`python -m bench [NAME ...]`: all benchmarks, or the ones that are named."""

import importlib
import sys
from pathlib import Path

from bench.report import publish

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in {"__init__", "__main__", "report", "stack"})


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            sys.exit(f"no benchmark {name}: {', '.join(NAMES)}")
        publish(importlib.import_module(f"bench.{name}").run())


if __name__ == "__main__":
    main()
