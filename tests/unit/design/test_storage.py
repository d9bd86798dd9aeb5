"""What storage needs on nodes."""

import pytest

from wizard.design.answers import Answers
from wizard.design.recommend import recommend


@pytest.mark.parametrize("storage", ["local-path", "longhorn", "nfs", "csi"])
def test_each_kind_says_what_it_needs_and_whose_word_that_is(storage):
    recommendation = recommend(Answers({"storage": storage}))
    assert recommendation.storage.disks
    assert recommendation.storage.source
    assert any(note.startswith(recommendation.storage.title) for note in recommendation.notes)


def test_longhorn_wants_iscsi_and_for_shared_volumes_nfs():
    alone = recommend(Answers({"storage": "longhorn"})).storage
    shared = recommend(Answers({"storage": "longhorn", "access_mode": "rwx"})).storage
    assert alone.modules == ("iscsi_tcp",)
    assert [package.split()[0] for package in alone.packages] == ["open-iscsi"]
    assert [package.split()[0] for package in shared.packages] == ["open-iscsi", "nfs-common"]


def test_nothing_is_asked_where_applications_keep_nothing():
    assert recommend(Answers()).storage is None


def test_gpu_nodes_come_with_the_word_on_drivers():
    assert any("libnvidia-ml" in note for note in recommend(Answers({"gpu": True})).notes)
