"""What a plugin hands the checks of `seqgen.testing` to try its content on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from seqgen.domain import Content


def _none() -> Iterable[Content]:
    return ()


@dataclass(frozen=True)
class Specimens:
    """Content of a domain for the checks: of these `tokenizers`, or of all tokenizers of the domain if none are named.

    `contents` gives samples of real content, some of them long enough to learn from. `strategy` gives a Hypothesis
    strategy of content, and imports hypothesis when it is called; content that is text needs none, for the checks have
    hostile text of their own, which a strategy replaces. `grow` gives content of about so many units, by which the
    checks see how time grows; for text they have their own. `symbols` are tried on `join` beside those that splitting
    meets. `options` are those that the tokenizers are made with. `lossy` says what a tokenizer does not keep, if
    anything: then what came back from a first round must itself come back. `expected` names checks that fail, with the
    reason; one that holds after all is a failure. `files` are bytes by names such as `tune.abc`, which readers of that
    suffix are tried on; a reader of content that is no text needs one.

    A plugin that gives no content of a domain is lent that of others: `contents`, `strategy`, `grow` and `files`, and
    nothing else.
    """

    domain: str
    contents: Callable[[], Iterable[Content]] = _none
    tokenizers: tuple[str, ...] = ()
    strategy: Callable[[], Any] | None = None
    grow: Callable[[int], Content] | None = None
    symbols: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    lossy: str = ""
    expected: Mapping[str, str] = field(default_factory=dict, hash=False)
    files: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """What they are specimens of."""
        return ",".join(self.tokenizers) or self.domain
