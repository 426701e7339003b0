"""Whether what a register holds is correct, sufficient, clean and alive: measured every night, by agency."""

from dinh.registers.quality.contracts import Measure, QualityMeasured, Run, Share, Standing
from dinh.registers.quality.pages import names, routes
from dinh.registers.quality.service import answering, close_kept, is_keeper, judge, measure, measure_now, quality_of

__all__ = [
    "Measure", "QualityMeasured", "Run", "Share", "Standing", "answering", "close_kept", "is_keeper", "judge", "measure", "measure_now", "names", "quality_of", "routes",
]  # fmt: skip
