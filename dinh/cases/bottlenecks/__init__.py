"""Where cases spend their time, folded from the spine: `/command`."""

from dinh.cases.bottlenecks.contracts import Place, Stage
from dinh.cases.bottlenecks.pages import routes
from dinh.cases.bottlenecks.rules import work_at, working_minutes
from dinh.cases.bottlenecks.service import Overview, follow_stages, late_cases, overview, rebuild_stages

__all__ = ["Overview", "Place", "Stage", "follow_stages", "late_cases", "overview", "rebuild_stages", "routes", "work_at", "working_minutes"]
