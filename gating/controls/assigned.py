"""Which channel a control is of: what its stain and its file name say, against where its events are brightest."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """What is written about a control. Channels are 0-based positions; None: nothing is said."""

    by_stain: int | None = None
    by_name: int | None = None
    by_user: int | None = None
    """Stated by the user, who overrules stain and name."""
    unstained: bool = False

    @property
    def stated(self) -> int | None:
        """The channel that is written; None where nothing is, or where stain and name contradict each other."""
        if self.by_user is not None:
            return self.by_user
        said = {one for one in (self.by_stain, self.by_name) if one is not None}
        return said.pop() if len(said) == 1 else None

    @property
    def contradicts_itself(self) -> bool:
        """Whether stain and name state two channels."""
        return self.by_user is None and None not in (self.by_stain, self.by_name) and self.by_stain != self.by_name
