"""What this plugin promises, beside the checks that every plugin has."""

from pathlib import Path

import pytest

import seqgen
from seqgen.domain import Notes, Selection
from seqgen.errors import UsageError
from seqgen.metric import Excerpt, Material
from seqgen.testing import checks
from seqgen_dna import Codons, codon_distance, gc, read, write

GENES = Path(__file__).parents[1] / "genes.fa"


@pytest.mark.parametrize("check", checks("dna"), ids=str)
def test_the_laws_of_plugins_hold(check):
    check.run()


@pytest.mark.parametrize(
    ("bases", "frame", "symbols"),
    [
        ("ATGGCC", 0, "ATG GCC"),
        ("ATGGCCT", 0, "ATG GCC T"),
        ("ATGGCCTA", 1, "A TGG CCT A"),
        ("ATGANNGCC", 0, "ATG A N N GCC"),
        ("AT", 2, "A T"),
    ],
)
def test_codons(bases, frame, symbols):
    assert list(Codons(frame=frame).split(bases)) == symbols.split()
    assert "".join(Codons(frame=frame).join(symbols.split())) == bases


def test_a_frame_that_is_none_is_refused():
    with pytest.raises(UsageError, match="reading frame"):
        Codons(frame=3)


def test_reading_and_writing(tmp_path):
    path, notes = tmp_path / "some.fa", Notes()
    path.write_text(">one human\nATGn\nac\n\n>two\n>three\nTTT\n", "utf-8")
    assert [(d.name, d.content) for d in read(path, Selection(), notes)] == [
        ("some.fa:one human", "ATGNAC"),
        ("some.fa:three", "TTT"),
    ]
    assert notes["bases in small letters made large"] == 3
    write(["ACGT" * 40, "\n", "TT"], path)
    assert [len(line) for line in path.read_text("utf-8").splitlines()] == [2, 60, 60, 40, 2, 2]
    assert [document.content for document in read(path, Selection(), Notes())] == ["ACGT" * 40, "TT"]


def test_the_metrics():
    material = Material(training=lambda: iter([["ATG", "ATG", "GCC", "GCC"]]))
    assert gc([Excerpt(("ATG", "GCC"))], material) == pytest.approx(4 / 6)
    assert gc([Excerpt(("N",))], material) is None
    assert codon_distance([Excerpt(("ATG", "GCC"))], material) == 0
    assert codon_distance([Excerpt(("ATG", "ATG"))], material) == 0.5


def test_a_model_writes_bases(tmp_path):
    model = seqgen.train(GENES, domain="dna", out=tmp_path / "run", steps=8, width=24, validations=1)
    (sample,) = model.generate("ATG", length=30)
    assert sample.text.startswith("ATG") and set(sample.text) <= set("ACGTUNRYSWKMBDHV-\n")
