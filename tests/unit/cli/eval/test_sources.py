"""What lies in a folder, and the files beside it."""

from pathlib import Path

import numpy as np
import pytest

from cli.eval import sources
from cli.eval.cache import Cache
from services.chassis.errors import StartupError

BOX = "<object><name>{0}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>11</xmax><ymax>22</ymax></bndbox></object>"


def written(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_a_folder_is_told_by_what_lies_in_it(tmp_path: Path) -> None:
    written(tmp_path / "people" / "ana" / "1.JPG")
    written(tmp_path / "marks" / "boxes" / "1.xml")
    written(tmp_path / "films" / "a" / "b.mp4")
    written(tmp_path / "other" / "notes.txt")

    assert [sources.kind_of(tmp_path / name) for name in ("people", "marks", "films")] == ["people", "marks", "clips"]
    for name in ("other", "gone"):
        with pytest.raises(StartupError, match=r"holds neither|is no folder"):
            sources.kind_of(tmp_path / name)


def test_pictures_are_named_by_person_and_known_by_their_content(tmp_path: Path) -> None:
    written(tmp_path / "bea" / "2.jpg", "same")
    written(tmp_path / "ana" / "1.jpeg", "same")
    written(tmp_path / "ana" / "notes.txt")

    first, second = sources.people(tmp_path)

    assert [first.name, second.name] == ["ana/1.jpeg", "bea/2.jpg"]
    assert first.digest == second.digest


def test_the_digest_of_a_set_is_the_same_in_any_order_and_of_no_other_set() -> None:
    files = [("a/1.jpg", "aa"), ("b/1.jpg", "bb")]

    assert sources.digest_of(files) == sources.digest_of(reversed(files))
    assert sources.digest_of(files) != sources.digest_of([("a/1.jpg", "bb"), ("b/1.jpg", "aa")])


def test_marks_find_their_picture_beside_them_or_in_images(tmp_path: Path) -> None:
    written(tmp_path / "boxes" / "1.xml", f"<annotation>{BOX.format('with_mask')}{BOX.format('')}</annotation>")
    picture = written(tmp_path / "images" / "1.jpg")

    (found,) = sources.marks(tmp_path)

    assert found.path == picture
    assert found.marked.labels == ("with_mask", "face")
    np.testing.assert_array_equal(found.marked.boxes, [[1, 2, 10, 20]] * 2)


@pytest.mark.parametrize("content", ["<annotation>", "<annotation/>"])
def test_marks_that_cannot_be_used_are_refused(content: str, tmp_path: Path) -> None:
    written(tmp_path / "1.xml", content)

    with pytest.raises(StartupError, match=r"cannot be read|no JPEG"):
        sources.marks(tmp_path)


def test_groups_are_read_by_their_header_whatever_else_stands_there(tmp_path: Path) -> None:
    path = written(tmp_path / "groups.csv", "\ufeffgroup,remark,person\nover 60,,ana\n 60 or under ,x,bea\n")

    assert sources.groups(path) == {"ana": "over 60", "bea": "60 or under"}
    with pytest.raises(StartupError, match="person and group"):
        sources.groups(written(tmp_path / "other.csv", "name,group\n"))


def test_who_is_left_out_stands_on_a_line_with_a_remark_or_without(tmp_path: Path) -> None:
    path = written(tmp_path / "out.txt", "# errors\nana  # is bea\n\nbea/2.jpg\n")

    assert sources.left_out(path) == {"ana", "bea/2.jpg"}


def test_what_one_model_made_of_a_picture_is_not_read_for_another(tmp_path: Path) -> None:
    rows = np.arange(10, dtype=np.float32).reshape(2, 5)
    with Cache(tmp_path, "one") as one:
        one.write({"seen": rows, "no face": None})

    with Cache(tmp_path, "two") as two, Cache(tmp_path, "one") as again:
        assert two.read(["seen"]) == {}
        known = again.read(["seen", "no face", "never seen"])

    assert known.keys() == {"seen", "no face"}
    assert known["no face"] is None
    np.testing.assert_array_equal(known["seen"], rows)


def test_where_no_cache_is_wanted_nothing_is_kept() -> None:
    with Cache(None, "one") as cache:
        cache.write({"seen": np.ones((1, 5), np.float32)})

        assert cache.read(["seen"]) == {}
