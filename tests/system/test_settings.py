"""The site's TOML: a good one is read; a bad one is refused with file, key and what would be right."""

from pathlib import Path

import pytest

from edge.commands.house import site_toml
from edge.settings import BadSettings, configure, read

BAD = [
    # text                                                     what the sentence says
    ("", "Object missing required field `site`"),
    ('site = "Big Site"', "`$.site`"),
    ('site = "a"\nsitte = 1', "unknown field `sitte`"),
    ("site = ", "is not TOML"),
    ('site = "a"\ntimezone = "Mars"', "timezone: there is no 'Mars'; try Europe/Berlin"),
    ('site = "a"\n[web]\nport = 99999', "`$.web.port`"),
    ('site = "a"\n[[queue]]\nname = "q"\ntarget_s = 0', "`$.queue[0].target_s`"),
    ('site = "a"\n[[queue]]\nname = "q"\nvariant = "best"', "`$.queue[0].variant`"),
    ('site = "a"\n[[desk]]\nnumber = 1', "`$.desk[0].number`"),
    ('site = "a"\n[[desk]]\nnumber = "1"\n[[desk]]\nnumber = "1"', "desk.number: '1' stands there twice"),
    ('site = "a"\n[[desk]]\nnumber = "1"\ndevice = "edge"', "'edge' is the edge's own name"),
    ('site = "a"\n[[agent]]\nid = "x"\npin = "99"', "`$.agent[0].pin`"),
    ('site = "a"\n[[agent]]\nid = "x"\nqueues = ["q"]', "agent.queues of x: there is no queue 'q'; known are none."),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_bad_file_is_refused_by_key(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(BadSettings) as bad:
        read(path)
    assert str(bad.value).startswith(str(path))
    assert sentence in str(bad.value)


def test_two_agents_with_one_pin_are_refused_without_showing_it(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(
        'site = "a"\n' + '[[agent]]\nid = "{}"\npin = "123451"\n'.format("x") + '[[agent]]\nid = "y"\npin = "123451"\n'
    )
    with pytest.raises(BadSettings, match="a PIN stands there twice") as bad:
        read(path)
    assert "123451" not in str(bad.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b'site = "\xff"')
    with pytest.raises(BadSettings, match="is not TOML"):
        read(path)


def test_a_site_becomes_facts_without_pins(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(site_toml(3, 8080, tmp_path / "queue_log"), encoding="utf-8")
    request = configure(read(path), lambda pin: "key-of-" + str(len(pin)))
    kinds = [type(fact).__name__ for fact in request.wanted]
    assert kinds == ["QueueOpened"] * 3 + ["DeskOpened"] * 3 + ["AgentMet"] * 3
    assert "key-of-6" in repr(request)
