import fcntl
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.api import OutsideError
from daemon.testing import make_outlet
from jobs.connectors.social.file import FILE_SOCIAL, FileSocialOptions
from jobs.kinds.social import Post, SocialNetwork
from jobs.testing_kinds import POST, SocialContract


def opened(folder: Path, **options: object) -> SocialNetwork:
    return FILE_SOCIAL.open(FileSocialOptions.model_validate(options), make_outlet(folder))


class TestFilesKeepTheContract(SocialContract):
    def network(self, folder: Path) -> SocialNetwork:
        return opened(folder)


def test_every_post_is_one_line_with_all_it_says(tmp_path: Path) -> None:
    opened(tmp_path).publish(POST)
    (line,) = (tmp_path / "posts.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["key"], record["text"], record["link"]) == (POST.key, POST.text, POST.link)


def test_the_address_names_the_line(tmp_path: Path) -> None:
    network = opened(tmp_path)
    assert [network.publish(Post(key, key)) for key in "ab"] == [f"{tmp_path}/posts.jsonl:{n}" for n in (1, 2)]


def test_a_line_cut_short_by_a_power_cut_hides_and_swallows_no_post(tmp_path: Path) -> None:
    network = opened(tmp_path)
    network.publish(Post("a", "A"))
    with (tmp_path / "posts.jsonl").open("a") as file:
        file.write('{"key": "b", "te')
    assert network.find(Post("b", "B")) is None
    where = network.publish(Post("b", "B"))
    assert network.find(Post("b", "B")) == where
    assert network.find(Post("a", "A")) == f"{tmp_path}/posts.jsonl:1"


def test_two_at_once_make_one_post(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    with path.open("ab") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = pool.submit(opened(tmp_path).publish, POST)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.1)
        other.write(json.dumps({"key": POST.key}).encode() + b"\n")
        other.flush()
        fcntl.flock(other, fcntl.LOCK_UN)
        assert waiting.result() == f"{path}:1"
    assert len(path.read_text().splitlines()) == 1


def test_a_link_counts_with_the_blank_before_it(tmp_path: Path) -> None:
    assert opened(tmp_path).length(Post("k", "abc", link="https://x.test")) == 18


def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="let the service write there"):
        opened(tmp_path, path=str(tmp_path)).publish(POST)


def test_looking_for_a_post_makes_no_file(tmp_path: Path) -> None:
    opened(tmp_path).find(POST)
    assert not list(tmp_path.iterdir())
