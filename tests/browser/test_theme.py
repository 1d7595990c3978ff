"""The page and the runner agree on colours."""

import pathlib
import re

import pytest
from figures import figure

THEME = pathlib.Path(__file__).resolve().parents[2] / "web/theme.js"


@pytest.mark.parametrize("name", ["COLORWAY", "SEQUENTIAL", "DIVERGING"])
def test_the_pages_colours_are_the_runners(name: str) -> None:
    listed = re.search(rf"const {name} = \[(.*?)\];", THEME.read_text(), re.DOTALL)
    assert listed
    assert tuple(re.findall(r'"(#[0-9a-f]{6})"', listed[1])) == getattr(figure, name)
