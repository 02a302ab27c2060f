"""Checks for whatever a plugin offers: named, counted by version, with messages that teach.

In a plugin's tests, with pytest:

    import pytest

    from seqgen.testing import checks


    @pytest.mark.parametrize("check", checks("spaced"), ids=str)
    def test_laws(check):
        check.run()

On the command line, `seqgen plugin check spaced`. The checks need hypothesis: `pip install 'seqgen[testing]'`.
What they try a plugin on it gives by the hook `seqgen_specimens`; for text it need give nothing.
"""

from seqgen.testing.examining import Result, checks, examine
from seqgen.testing.law import CHECKS_VERSION, FULL, QUICK, Check, Effort, Law
from seqgen.testing.laws import LAWS
from seqgen.testing.timing import growth

__all__ = ["CHECKS_VERSION", "FULL", "LAWS", "QUICK", "Check", "Effort", "Law", "Result", "checks", "examine", "growth"]
