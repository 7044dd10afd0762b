"""The gallery: its page names each picture, all are small, and one board's are made anew."""

from pathlib import Path

from PIL import Image

from edge.__main__ import main
from edge.commands import gallery, signs

MB_MAX = 1.5


def test_the_page_and_its_pictures_are_there() -> None:
    assert (gallery.FOLDER / gallery.PAGE).read_text(encoding="utf-8") == gallery.page()
    pictures = {path.stem: path.stat().st_size for path in gallery.FOLDER.glob("*.png")}
    assert sorted(pictures) == sorted([*gallery.boards(), *signs.PICTURES])
    assert sum(pictures.values()) < MB_MAX * 1e6


def test_a_boards_pictures_are_made_by_its_firmware(tmp_path: Path) -> None:
    assert main(["hardware", "gallery", "--board", "counter-matrix", "--out", str(tmp_path)]) == 0
    with Image.open(tmp_path / "counter-matrix.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 16)) > 8
    assert not (tmp_path / gallery.PAGE).exists()
