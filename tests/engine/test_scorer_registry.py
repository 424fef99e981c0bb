from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from engine.errors import SpecError
from engine.names import Protocol
from engine.registry.scorers import SCORERS, make, option_names, resolve
from engine.scorers.masked_marginal import MaskedMarginal


def test_a_name_leads_to_its_class() -> None:
    assert resolve("masked-marginal") is MaskedMarginal
    assert resolve(Protocol.MASKED_MARGINAL) is MaskedMarginal


@pytest.mark.parametrize("name", SCORERS)
def test_every_pointer_leads_to_a_scorer_of_that_name(name: str) -> None:
    assert resolve(name).name == name == SCORERS[name].name


def test_every_card_has_a_sentence_and_a_source() -> None:
    for card in SCORERS.values():
        assert card.sentence.endswith((".", "?"))
        assert card.source


def test_an_unknown_name_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(SpecError, match="no scorer 'masked-marginals': did you mean 'masked-marginal'"):
        resolve("masked-marginals")
    with pytest.raises(SpecError, match="no scorer 'qqq': choose one of masked-marginal, "):
        resolve("qqq")


def test_options_are_set_and_unknown_ones_refused() -> None:
    assert make("masked-marginal", {"window": 512}) == MaskedMarginal(window=512)
    assert option_names("masked-marginal") == ("window", "both_strands", "chunk")
    with pytest.raises(SpecError, match="has no option 'windw': did you mean 'window'"):
        make("masked-marginal", {"windw": 512})
    with pytest.raises(SpecError, match="'window' is -1"):
        make("masked-marginal", {"window": -1})


def test_listing_scorers_loads_none_of_them() -> None:
    program = "import sys, engine.registry.scorers; print([name for name in sys.modules if 'engine.scorers' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        importlib.import_module("engine.registry.scorers").SCORERS["new"] = SCORERS["masked-marginal"]
