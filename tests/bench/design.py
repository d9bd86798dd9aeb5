"""How long a recommendation takes, from answers to all designs ranked, with sums and drawings."""

import time
from statistics import median, quantiles

from wizard.design.answers import Answers
from wizard.design.recommend import recommend

RUNS = 300


def milliseconds(answers: Answers) -> float:
    start = time.perf_counter()
    recommend(answers)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    """Print the median and the 95th percentile."""
    answers = Answers({"pods": 300, "gpu": True, "data_centres": 3, "storage": "longhorn", "rancher": True})
    recommend(answers)  # reads the profiles
    taken = [milliseconds(answers) for _ in range(RUNS)]
    print(f"recommend {median(taken):.1f} ms, 95th percentile {quantiles(taken, n=20)[-1]:.1f} ms (of {RUNS})")


if __name__ == "__main__":
    main()
