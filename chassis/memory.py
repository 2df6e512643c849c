"""What was loaded at the start stays for good: the collector need not look through it again and again."""

import gc

ALLOCATIONS = 100_000  # between two looks at the youngest objects; Python's own 700 is for small programs


def settle() -> None:
    """Leave everything that is there now to itself. Call it once, when the process has been put together."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
