"""Try damaged pictures, models and requests: python -m tests.fuzz --help"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.api.kinds import write_kinds
from tests.fuzz.worker import SERVED, TARGETS, report, target_of, work
from tests.live import running_app

STUCK = 300  # seconds after which a case is given up; the machine may be busy with others


def supervise(options: argparse.Namespace, start: int) -> int:
    """Try all cases, in as many processes as it takes; the number of those that failed."""
    context = multiprocessing.get_context("spawn")
    reached, failures = context.Value("q", start), context.Value("q", 0)
    while reached.value < options.end:
        process = context.Process(target=work, args=(options, reached.value, reached, failures))
        process.start()
        last, since = -1, time.monotonic()
        while process.is_alive():
            process.join(1)
            if reached.value != last:
                last, since = reached.value, time.monotonic()
            elif time.monotonic() - since > STUCK:
                process.kill()
                process.join()
        if process.exitcode > 0:  # no case's doing
            raise RuntimeError("the fuzzer itself failed")
        if reached.value < options.end:
            failures.value += 1
            report(options, reached.value, f"the process ended with {process.exitcode}")
            reached.value += 1
    return failures.value


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=2000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, help="by default each has its share")
    parser.add_argument("--start", type=int, default=0, help="the index of the first case")
    parser.add_argument("--only", type=int, metavar="INDEX", help="try a single case again")
    parser.add_argument("--verbose", action="store_true", help="name every case")
    options = parser.parse_args()
    start = options.start if options.only is None else options.only
    options.end = start + (options.n if options.only is None else 1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="latent-lab-fuzz-") as folder, ExitStack() as stack:
        os.environ |= {"TMPDIR": folder, "GRADIO_TEMP_DIR": f"{folder}/gradio"}
        os.environ["OMP_NUM_THREADS"] = "1"
        options.app, options.weights = None, Path(folder) / "weights"
        if options.target in (None, "endpoints", "http"):
            write_kinds(options.weights, SERVED)
        if options.target in (None, "http"):
            server = stack.enter_context(running_app("--weights-dir", str(options.weights)))
            options.app = server.url, server.process.pid, server.log
        failed = supervise(options, start)
    counts = Counter(options.target or target_of(index) for index in range(start, options.end))
    tried = ", ".join(f"{count} {target}" for target, count in counts.items())
    print(f"{tried}: {failed} failed, {time.monotonic() - began:.0f} s, seed {options.seed}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
