"""How many floating-point operations a second large square matrix products reach, the best of several sizes.

Prints it with the name of what computed them. The numbers multiplied are random, because a GPU clocks higher on zeros.
"""

import json
import time

import clock
import torch
import workload

SIDES = {"cuda": (4096, 8192, 16_384), "cpu": (256, 512)}
ROUNDS, PRODUCTS = 5, 10


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def measure_rate(side: int, setup: workload.Setup) -> float:
    """Operations a second in the best of several rounds."""
    left, right = (torch.randn(side, side, device=setup.device).to(setup.dtype) for _ in range(2))
    out = torch.empty_like(left)
    best = 0.0
    for _ in range(ROUNDS + 1):  # the first warms up; it is slower and cannot be the best
        wait(setup.device)
        started = time.perf_counter()
        for _ in range(PRODUCTS):
            torch.mm(left, right, out=out)
        wait(setup.device)
        best = max(best, PRODUCTS * 2 * side**3 / (time.perf_counter() - started))
    return best


def main() -> None:
    setup = workload.read_setup(clock.read_arguments(__doc__, **clock.SETUP))
    rate = max(measure_rate(side, setup) for side in SIDES[setup.device])
    name = torch.cuda.get_device_name(0) if setup.device == "cuda" else "the CPU"
    print(json.dumps({"flops_per_s": rate, "name": name, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
