"""The draft under work in the plain wizard: kept on disk with every change, and what it leads to told at once."""

from dataclasses import replace

from screens.plain.asker import Asker, tell
from wizard.design.answers import Answers
from wizard.design.changes import differences
from wizard.design.draft import Draft, Place, save
from wizard.design.recommend import Recommendation, recommend


class Work:
    """What the operator has said so far, and what is recommended for it."""

    def __init__(self, draft: Draft, asker: Asker) -> None:
        self.draft = draft
        self.asker = asker
        self.recommendation: Recommendation = recommend(draft.answers)

    def answer(self, answers: Answers) -> None:
        """Go on with other answers, and say what they change in the recommendation."""
        self.take(self.draft.answered(answers))

    def take(self, draft: Draft) -> None:
        """Go on with a draft of other answers; otherwise as `answer`."""
        self.change(draft)
        before, self.recommendation = self.recommendation, recommend(draft.answers)
        tell(*(f"  + {line}" for line in differences(before, self.recommendation)))

    def change(self, draft: Draft) -> None:
        """Go on with another draft, and keep it."""
        self.draft = draft
        try:
            save(draft)
        except OSError as error:
            tell(f"  ! not saved: {error.strerror}; what you said is only in this program")

    def move(self, screen: str, key: str = "") -> None:
        """Note where the operator is, so that the way leads there again."""
        if self.draft.place != Place(screen, key):
            self.change(replace(self.draft, place=Place(screen, key)))
