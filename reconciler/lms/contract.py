"""What every LMS adapter offers, and what the rest of the program may ask of one."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

import polars as pl

from reconciler.enrollments import Enrollments
from reconciler.frames import Capabilities, Content


class Lms(ABC):
    """One LMS. An adapter knows trainees, contents and enrollments; it never sees a policy.

    Reading: an adapter proves that it can see before it reports that nothing is there; where it
    cannot, it raises LmsUnfit. An empty reading never stands for missing rights or a lost session.

    Writing: each method takes WRITES and returns OUTCOMES, one row for each row given, in any
    order. A refused row stops no other. ``done`` means read back or confirmed by the LMS;
    ``already``: it was so before; ``refused``: the LMS said no, and why; ``failed``: not written,
    may be tried again; ``unknown``: may or may not be written, only reading tells; ``skipped``:
    the enrollment is not what the plan saw. No method raises for a single row, so content that the
    LMS does not know is ``refused`` too; a pair that is given twice is a mistake of the caller and
    raises FrameMismatch before anything is written. A write that would change nothing is not sent.
    LmsUnfit is raised where the LMS cannot be reached at all, and nothing was written.
    """

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this LMS can do."""

    @abstractmethod
    def catalog(self) -> Mapping[str, Content]:
        """Every content by id, with its version; modules with their courses in order.

        Raises:
            LmsUnfit: The LMS cannot be read.
        """

    @abstractmethod
    def accounts(self) -> frozenset[str] | None:
        """The ids of the people who have an account; None where the LMS cannot tell.

        Raises:
            LmsUnfit: The LMS cannot be read.
        """

    @abstractmethod
    def holdings(self, contents: Collection[str]) -> pl.DataFrame:
        """The enrollments in these contents, as HOLDINGS, in any order.

        Raises:
            LmsUnfit: The LMS cannot be read, or shows a trainee twice for one content.
        """

    def enrollments(self, contents: Collection[str]) -> Enrollments:
        """The same in few numbers, dates perhaps not yet read.

        Raises:
            LmsUnfit: As ``holdings``.
        """
        return Enrollments.of(self.holdings(contents))

    @abstractmethod
    def progress(self, modules: Collection[str]) -> pl.DataFrame:
        """The course progress of the enrollments in these modules, as PROGRESS, in any order.

        Raises:
            LmsUnfit: The LMS cannot be read.
        """

    @abstractmethod
    def assign(self, writes: pl.DataFrame) -> pl.DataFrame:
        """Enroll; who is enrolled already is left as they are (``already``).

        A module begins with the credit that C gives, where the capabilities say so, and with its
        other courses not started; one whose courses are all credited is completed at once (C4).
        Who has no account gets one where the capabilities say so, and is ``refused`` elsewhere.
        """

    @abstractmethod
    def reassign(self, writes: pl.DataFrame) -> pl.DataFrame:
        """Let enrollments whose status is the one given start over, whole or in part (R).

        Whole: the enrollment and all courses in it are not started, with the version, courses,
        assigned and due instants of now (R2). In part: those of ``courses`` that ``resets`` names
        are; in a completed module all of them. The others keep what they have, courses that are
        new in the module begin not started, and the module is in progress while any of its courses
        is in progress or completed, else not started. Earlier completions stay as history (R3).

        An enrollment assigned at or after the instant given is ``already`` (M4); one with another
        status is ``skipped``; who is not enrolled is ``skipped``; one on which nothing would change
        is ``already``.
        """

    @abstractmethod
    def reschedule(self, writes: pl.DataFrame) -> pl.DataFrame:
        """Set the due instant of open enrollments; a null takes it away. Nothing else changes.

        The same instant, at the precision of the LMS, is ``already``; who is not enrolled or has
        completed is ``skipped``.
        """

    @abstractmethod
    def remove(self, writes: pl.DataFrame) -> pl.DataFrame:
        """Take enrollments away whose status is the one given. One that was ever completed stays.

        An open retake is withdrawn: the enrollment, and each course in it that was ever completed,
        is again as it was last completed (D3). A completed enrollment is ``refused``; one with
        another status is ``skipped``; one that is not there is ``already``.
        """
