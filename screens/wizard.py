"""The wizard as a program: the start menu and the pages from questions to review."""

from textual.screen import Screen

from screens.design import DesignPage
from screens.nodes import NodesPage
from screens.questions import QuestionsPage
from screens.review import ReviewPage
from screens.shell import Apply, Demo, Ending, Follow, Shell, Site, Stand
from screens.start import StartPage

__all__ = ["Apply", "Demo", "Ending", "Follow", "Site", "Stand", "WizardApp"]


class WizardApp(Shell):
    """See Shell; this one knows the pages."""

    CSS_PATH = [
        "ink.tcss",
        "page.tcss",
        "start.tcss",
        "questions.tcss",
        "design.tcss",
        "nodes.tcss",
        "review.tcss",
        "table.tcss",
        "checks.tcss",
        "dialogs.tcss",
    ]
    PAGES = {
        "questions": ("Questions", QuestionsPage),
        "design": ("Design", DesignPage),
        "nodes": ("Nodes", NodesPage),
        "review": ("Review", ReviewPage),
    }

    def get_default_screen(self) -> Screen[None]:
        return StartPage(self.signs)
