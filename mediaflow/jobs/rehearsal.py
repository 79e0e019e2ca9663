"""A job for nobody, done before a child is ready: the first true one finds all in its place.

Law: it goes the way of every job, over a line of its own, and nobody sees its outputs. The picture is
ours, and nothing of it stays.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mediaflow.errors import MediaflowError
from mediaflow.image.backend import installed_for
from mediaflow.jobs.calls import plan_to_dict
from mediaflow.models.outputs import ImageOutput
from mediaflow.models.serde import to_dict
from mediaflow.planning import SourceName, plan_image
from mediaflow.planning.names import FOLDER_TEMPLATE
from mediaflow.probing import probe
from mediaflow.security.limits import Limits
from mediaflow.storage.source import BytesSource
from mediaflow.storage.spool import spooled

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from mediaflow.executors.line import Line

__all__ = ["Rehearsal"]

PICTURE: Final = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////"
    "////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////"
    "////////////////////wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwAC/8QAGBAAAwEBAAAAAAAA"
    "AAAAAAAAAAEDEyH/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8A3SjQ"
    "O3RqTbBx6A06NkU5tEB//9k="
)
"""A JPEG of 24 x 16 px in grey."""

FORMATS: Final = ("jpeg", "png", "webp")
LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A job that can be done again and again, also where nothing opens any more."""

    first: Mapping[str, object]
    """What its parent would ask first."""

    second: Mapping[str, object]
    """What it would ask then."""

    @classmethod
    def planned(cls) -> Self:
        """Plan it, in a process that is not locked yet."""
        info = probe(BytesSource(PICTURE), uri=None, limits=LIMITS)
        capabilities = installed_for(info.format, "own", in_child=True)
        plan = plan_image(
            [ImageOutput(name, width=12) for name in FORMATS if name in capabilities.encoders],
            info,
            template=FOLDER_TEMPLATE,
            source_name=SourceName(),
            capabilities=capabilities,
            limits=LIMITS,
        )
        usual = {"limits": json.dumps(to_dict(LIMITS)), "sources": [0]}
        return cls(
            {"do": "probe", "deep": False, "new": [{"uri": None, "name": None}], **usual},
            {
                "do": "render",
                **plan_to_dict(plan, without_source=True),
                "last": True,
                "strict": False,
                "skip": [],
                "threads": 1,
                "bytes": plan.peak_bytes,
                "joined": 0,
                "assets": 0,
                **usual,
            },
        )

    def play(self, line: Line, answer_one: Callable[[], object]) -> bool:
        """Do the job; tell whether all of it went well.

        Args:
            line: A parent's end of a line.
            answer_one: Answers one call at the other end.
        """
        picture = spooled((PICTURE,), len(PICTURE))
        try:
            line.send(self.first, descriptors=[picture])
            answer_one()
            line.send(self.second)
            answer_one()
            return _are_good(line)
        except MediaflowError:
            return False
        finally:
            os.close(picture)


def _are_good(line: Line) -> bool:
    """Read the answers to both calls, and what goes before the second one."""
    answers: list[object] = []
    while len(answers) < 2:
        message = line.receive(0)
        if message is None:
            return False
        if "answer" in message.data:
            answers.append(message.data["answer"])
    return answers == ["good", "good"]
