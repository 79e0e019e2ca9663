"""A rung that a plan left out says itself why."""

from __future__ import annotations

from mediaflow import recipes
from mediaflow.jobs.publish import skipped_output
from tests.film_infos import film_info, film_planned, video


def test_rung_above_the_source_is_skipped_with_the_plan_s_notice() -> None:
    plan = film_planned(recipes.streaming(), film_info(video(640, 272)))

    result = skipped_output(plan.outputs[0])

    assert result.status == "skipped"
    assert [notice.code for notice in result.notices] == ["rung_above_source"]
    assert result.notices == plan.renditions[0].notices


def test_film_that_exists_already_is_skipped_as_any_output() -> None:
    plan = film_planned(recipes.streaming(), film_info())

    result = skipped_output(plan.outputs[0])

    assert [notice.code for notice in result.notices] == ["exists_skipped"]
