"""What a replica says of itself becomes part of subjects and subscriptions, so it is words."""

import pytest

from proto.wardwatch.v1.replicas import ReplicaBeat
from proto.wardwatch.v1.subjects import SHARES

BAD_WORDS = ("", "a.b", "*", ">", "a b", "x\r\nPUB a 0", "a" * 65, "\u202e")


@pytest.mark.parametrize("word", BAD_WORDS)
def test_a_name_that_is_no_word_is_no_heartbeat(word: str) -> None:
    with pytest.raises(ValueError, match="a replica is 1 to 64"):
        ReplicaBeat.decode(ReplicaBeat(word, 1, leaving=False, held={}).encode())


@pytest.mark.parametrize("word", BAD_WORDS)
def test_a_group_that_is_no_word_is_no_heartbeat(word: str) -> None:
    with pytest.raises(ValueError, match="a group is 1 to 64"):
        ReplicaBeat.decode(ReplicaBeat("a", 1, leaving=False, held={0: word}).encode())


@pytest.mark.parametrize("share", [SHARES, 2**32 - 1])
def test_a_share_that_there_is_none_of_is_no_heartbeat(share: int) -> None:
    with pytest.raises(ValueError, match="a share is one of"):
        ReplicaBeat.decode(ReplicaBeat("a", 1, leaving=False, held={share: "g"}).encode())
