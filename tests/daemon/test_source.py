"""What stands in the YAML is what arrives, and whatever is doubtful is a problem with its place."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import includes, source
from daemon.errors import Place
from daemon.secrets import SecretRef


def sentences(text: str) -> list[str]:
    return [str(problem) for problem in source.parse(text, "c.yaml").problems]


TEXTS = """22:00 7:30 22:00:00 NO no on yes Off 0123 1_000 0x1F 0o17 2026-01-01 1e3 .5 1. .inf .nan
2026-01-01T10:00:00Z 1,5 --1 999999999999999999999999999999 190:20:30 = '12' "true" 'null' \u0661\u0662"""
VALUES = {"true": True, "FALSE": False, "12": 12, "-3": -3, "+4": 4, "0": 0, "0.5": 0.5, "-1.25": -1.25}
NOTHING = dict.fromkeys(("null", "~", "", "Null"))


@pytest.mark.parametrize("written", TEXTS.split())
def test_what_only_looks_like_something_else_is_text(written: str) -> None:
    tree = source.parse(f"key: {written}", "c.yaml").tree
    assert tree == {"key": written.strip("'\"")}


@pytest.mark.parametrize(("written", "meant"), [*VALUES.items(), *NOTHING.items()])
def test_only_truths_decimal_numbers_and_nothing_are_no_text(written: str, meant: object) -> None:
    value = source.parse(f"key: {written}", "c.yaml").tree["key"]
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize("key", ["on", "yes", "NO", "12", "true", "07:30"])
def test_keys_are_always_text(key: str) -> None:
    assert list(source.parse(f"{key}: x", "c.yaml").tree) == [key]


def test_a_secret_is_a_reference_and_nothing_else() -> None:
    assert source.parse("key: !secret shop-key", "c.yaml").tree == {"key": SecretRef("shop-key")}


@pytest.mark.parametrize("name", ["", "../passwd", "/etc/passwd", "a b", "[a]", ".hidden", "{a: b}"])
def test_a_secrets_name_is_a_plain_file_name_and_a_bad_one_is_not_repeated(name: str) -> None:
    (problem,) = sentences(f"key: !secret {name}")
    assert problem == "c.yaml:1:6: key: after !secret comes the name of a secret's file: letters, digits, . _ and -"


def test_every_key_and_value_has_its_place() -> None:
    read = source.parse("shop:\n  name: Lamp\n  list:\n    - a\n    - {b: c}\n", "c.yaml")
    assert read.key_place(("shop", "name")) == Place("c.yaml", 2, 3)
    assert read.value_place(("shop", "name")) == Place("c.yaml", 2, 9)
    assert read.value_place(("shop", "list", 0)) == Place("c.yaml", 4, 7)
    assert read.key_place(("shop", "list", 1, "b")) == Place("c.yaml", 5, 8)


def test_what_is_not_there_has_the_place_of_what_is_around_it() -> None:
    read = source.parse("a: 1\nshop:\n  name: Lamp\n", "c.yaml")
    assert read.key_place(("shop", "zone")) == Place("c.yaml", 2, 1)
    assert read.key_place(("routines",)) == Place("c.yaml", 1, 1)


def test_a_key_given_twice_names_both_lines_and_keeps_the_first() -> None:
    read = source.parse("a: 1\nb: 2\na: 3\n", "c.yaml")
    assert read.tree == {"a": 1, "b": 2}
    assert [str(p) for p in read.problems] == ["c.yaml:3:1: a: this key is given twice, the first time in line 1"]


def test_all_problems_of_a_file_come_at_once() -> None:
    assert sentences("a: !!binary x\nb: 1\nb: 2\n<<: {}\nc: !secret a/b\n? {d: e}\n: f\n") == [
        "c.yaml:1:4: a: the tag !!binary is not known; the only one is !secret",
        "c.yaml:3:1: b: this key is given twice, the first time in line 2",
        "c.yaml:4:1: merge keys (<<) are not understood: write the keys out",
        "c.yaml:5:4: c: after !secret comes the name of a secret's file: letters, digits, . _ and -",
        "c.yaml:6:3: a key is plain text",
    ]


def test_aliases_may_be_used() -> None:
    assert source.parse("a: &x [1, 2]\nb: *x\n", "c.yaml").tree == {"a": [1, 2], "b": [1, 2]}


def test_an_alias_bomb_is_refused_without_being_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = sentences("\n".join(lines))
    assert problem.endswith("with its aliases written out this is too large")


def test_an_alias_that_holds_itself_is_refused() -> None:
    (problem,) = sentences("a: &a [*a]")
    assert problem.endswith("with its aliases written out this is too large")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_and_not_a_crash(opening: str) -> None:
    (problem,) = sentences(("a: " if opening != "- " else "") + opening * 20_000)
    assert "this is nested more than 50 levels deep" in problem


@pytest.mark.parametrize("text", ["", "\n", "# only a remark\n", "---\n"])
def test_an_empty_file_says_what_belongs_in_it(text: str) -> None:
    (problem,) = sentences(text)
    assert problem.startswith("c.yaml:1:1: the file ")
    assert problem.endswith("it is made of keys such as shop: and routines:")


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert source.parse("\ufeffshop: x", "c.yaml").tree == {"shop": "x"}


def test_a_control_character_has_its_place() -> None:
    assert sentences("a: 1\nb: x\x00y\n") == ["c.yaml:2:5: a control character stands here: delete it"]


@pytest.mark.parametrize("first", "*&@`%")
def test_a_value_that_must_be_quoted_says_so(first: str) -> None:
    (problem,) = sentences(f"a: 1\ncron: {first}/5 * * * *")
    assert problem.startswith("c.yaml:2:7: ")
    assert "quote this value" in problem


def test_text_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes("a: 1\nname: Bücher".encode("latin-1"))
    (problem,) = includes.read(file).problems
    assert str(problem) == f"{file}:2:8: this byte is not UTF-8: save the file as UTF-8"


def test_a_file_that_is_not_there_a_folder_or_huge_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_text("# " + "x" * source.LARGEST_FILE)
    found = {name: str(includes.read(tmp_path / name).problems[0]) for name in ("none.yaml", ".", "huge.yaml")}
    assert found["none.yaml"].endswith("there is no such file")
    assert found["."].endswith("this is not a file")
    assert found["huge.yaml"].endswith("the file is over 1 MB; a configuration is never that large")


def test_included_files_are_merged_and_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    main, people, more = tmp_path / "c.yaml", tmp_path / "parts" / "people.yaml", tmp_path / "parts" / "more.yaml"
    main.write_text("shop: {name: Lamp}\nroutines: {a: {job: x}}\ninclude: [parts/people.yaml]\n")
    people.write_text("include: more.yaml\npeople: {anna: {}}\n")
    more.write_text("routines:\n  b: {job: y}\n")
    read = includes.read(main)
    assert read.tree == {
        "shop": {"name": "Lamp"},
        "routines": {"a": {"job": "x"}, "b": {"job": "y"}},
        "people": {"anna": {}},
    }
    assert read.value_place(("routines", "b", "job")) == Place(str(more), 2, 12)
    assert read.files == (main, people, more)


def test_folders_of_the_frame_are_meant_from_the_file_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "c.yaml").write_text("state: night\ntemplates: /abs/../t\ninclude: parts/more.yaml\n")
    (tmp_path / "parts" / "more.yaml").write_text("secrets: keys\nplugins: ~/mine\n")
    assert includes.read(tmp_path / "c.yaml").tree == {
        "state": str(tmp_path / "night"),
        "templates": "/t",
        "secrets": str(tmp_path / "parts" / "keys"),
        "plugins": str(Path("~/mine").expanduser()),
    }


def test_a_key_given_in_two_files_names_both_places(tmp_path: Path) -> None:
    main, more = tmp_path / "c.yaml", tmp_path / "more.yaml"
    main.write_text("state: a\nroutines: {a: {job: x}}\ninclude: more.yaml\n")
    more.write_text("state: b\nroutines:\n  a: {job: y}\n")
    assert [str(problem) for problem in includes.read(main).problems] == [
        f"{more}:1:1: state: this key is given in two files, the first time in {main}:1:1",
        f"{more}:3:3: routines.a: this key is given in two files, the first time in {main}:2:12",
    ]


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    main, more = tmp_path / "c.yaml", tmp_path / "more.yaml"
    main.write_text("include: more.yaml\n")
    more.write_text("a: 1\ninclude: [c.yaml]\n")
    (problem,) = includes.read(main).problems
    assert str(problem) == f"{more}:2:11: include: the file {main} is included twice or includes itself"


def test_what_is_wrong_in_an_included_file_has_its_name(tmp_path: Path) -> None:
    main, more = tmp_path / "c.yaml", tmp_path / "more.yaml"
    main.write_text("a: 1\ninclude: [more.yaml, 12]\n")
    more.write_text("b: [x\n")
    assert [str(p).split(": ", 1)[0] for p in includes.read(main).problems] == [f"{more}:1:4", f"{main}:2:22"]


SCALARS = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text() | st.just(SecretRef("shop-key"))
WORDS = st.sampled_from(["22:00", "NO", "tRuE", "~", "", "0123", "12", "1.5", "null", "- a", "a: b", "#x", "!x", "*y"])
TREES = st.recursive(
    SCALARS | WORDS | st.decimals(-100, 100, places=3).map(float),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS.filter(bool) | st.just("k"), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["shop", "on", "12", "a b"]), TREES, min_size=1))
def test_a_tree_written_out_is_read_back_as_it_was(tree: dict[str, Any]) -> None:
    read = source.parse(source.dump(tree), "c.yaml")
    assert (read.problems, read.tree) == ((), tree)


@given(st.text())
def test_no_text_whatever_makes_the_reader_raise(text: str) -> None:
    read = source.parse(text, "c.yaml")
    assert isinstance(read.tree, dict)
    assert read.tree or read.problems or "{}" in text


@given(st.text(alphabet=" \n:-[]{},#&*!|>'\"%@`?ab1\t\\", max_size=60))
def test_no_heap_of_yaml_signs_makes_the_reader_raise(text: str) -> None:
    for problem in source.parse(text, "c.yaml").problems:
        assert problem.place is not None
        assert 1 <= problem.place.line <= text.count("\n") + 1
