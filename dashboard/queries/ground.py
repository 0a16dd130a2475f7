"""What all queries stand on: the book, the read model, the file of the dashboard, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.book.book import Book
from dashboard.book.words import Words
from dashboard.queries.account.ids import AccountIds
from dashboard.queries.account.medians import Medians
from dashboard.queries.alerts.rule_file import RuleFile
from dashboard.queries.nothing import NoActivity, NoCases
from dashboard.queries.portfolio.days import PastDays
from dashboard.queries.portfolio.shown import ShownPortfolios
from dashboard.queries.sources.watch import NoWatch, Watch
from dashboard.queries.team.accuracy import AccuracyWatch, NoAccuracy
from dashboard.values.dashboard_file import DashboardFile
from streams.activity.port import ActivityReads, CaseReads
from streams.read_model.port import ReadModel
from streams.workspace.table import WorkspaceTable


@dataclass(slots=True, kw_only=True)
class Ground:
    """Wired once, in `dashboard.process`. `now_ms` is the wall clock, in milliseconds since 1970.

    Another source of answers, such as the workspace, is one more field with a default that has nothing.
    """

    book: Book
    read_model: ReadModel
    now_ms: Callable[[], int]
    words: Words = field(default_factory=Words)
    file: DashboardFile = field(default_factory=DashboardFile)
    past: PastDays = field(default_factory=PastDays)
    shown: ShownPortfolios = field(default_factory=ShownPortfolios)
    activity: ActivityReads = field(default_factory=NoActivity)
    cases: CaseReads = field(default_factory=NoCases)
    workspace: WorkspaceTable = field(default_factory=WorkspaceTable)
    rules: RuleFile = field(default_factory=RuleFile)
    watch: Watch = field(default_factory=NoWatch)
    medians: Medians = field(default_factory=Medians)
    accuracy: AccuracyWatch = field(default_factory=NoAccuracy)
    ids: AccountIds = field(default_factory=AccountIds)
