"""The part of a plan's document that tells of the run that it undoes."""

from pydantic import Field

from reconciler.review.node import Instant, Part


class UndoLeft(Part):
    """Rows of a run that are not undone, and why (U)."""

    content: str
    action: str = Field(description="What the run did.")
    reason: str = Field(description="Why it is left: a code of U1.")
    trainees: int


class UndoAgain(Part):
    """What the next plan would do by a rule with enrollments that this one undoes (U10)."""

    rule: str
    content: str
    action: str
    trainees: int


class UndoReport(Part):
    """The run that is undone, and what becomes of its rows (U)."""

    run: int
    as_of: Instant = Field(description="That of the run.")
    by: str = Field(description="Who ran it.")
    complete: bool = Field(description="Whether the run itself had come to its end.")
    wrote: int = Field(description="The rows that it wrote.")
    left: tuple[UndoLeft, ...]
    without_progress: int = Field(description="Get back what they had without their progress.")
    later_due: int = Field(description="Get a later due date than before: that one has passed.")
    disowned: int = Field(
        0, description="Get back what a rule had given that is not known any more: nobody's (U8a)."
    )
    again: tuple[UndoAgain, ...]
    orders: tuple[str, ...] = Field(description="Orders it carried out; they never run again (M4).")
    undone_by: tuple[int, ...] = Field(description="Earlier runs that undid it, or a part of it.")
    titles: dict[str, str] = Field(description="Content to its title.")
