"""What holds of every name that an output gets."""

from __future__ import annotations

import posixpath
import unicodedata
from contextlib import suppress

from hypothesis import assume, example, given
from hypothesis import strategies as st

from mediaflow.errors import SpecError
from mediaflow.formats import canonical_name
from mediaflow.geometry import Size
from mediaflow.models.outputs import ImageOutput
from mediaflow.planning.names import (
    FIELDS,
    SourceName,
    check_template,
    find_duplicates,
    output_uri,
    safe_component,
    template_for,
)
from mediaflow.planning.output_names import output_names
from tests.model_strategies import suffixes

FORMATS = st.sampled_from(["avif", "jpeg", "png", "webp"])
NASTY = st.text(st.sampled_from('./\\-_ :*?"<>|{}\0\n\x7fcon1üe\u0301写'), max_size=12)
TEXTS = st.text(max_size=300) | NASTY | st.sampled_from(["..", "con", "NUL.x", "a" * 500])
FORBIDDEN = set('/\\:*?"<>|\x7f') | {chr(code) for code in range(32)}
NAMED = st.builds(ImageOutput, FORMATS, suffix=suffixes, name=st.none() | st.text(min_size=1))


@given(TEXTS)
def test_component_is_one_name_on_every_system(text):
    safe = safe_component(text)

    assert safe not in {"", ".", ".."}
    assert not FORBIDDEN & set(safe)
    assert len(safe.encode(errors="replace")) <= 255
    assert safe == safe.strip(" .")
    assert not safe.startswith("-")
    assert safe.partition(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(TEXTS)
@example("-.profile")
@example("a" * 190 + " " + "b" * 60)
def test_component_that_is_safe_stays_as_it_is(text):
    safe = safe_component(text)

    assert safe_component(safe) == safe


@given(TEXTS)
def test_component_is_in_one_unicode_form(text):
    assert unicodedata.is_normalized("NFC", safe_component(text))


@given(TEXTS, TEXTS.filter(bool), FORMATS)
def test_name_of_the_source_never_leaves_the_folder(stem, parent, name):
    template = "out/{parent}/{stem}{suffix}.{ext}"

    uri = output_uri(
        template, SourceName(stem=stem, parent=parent), ImageOutput(name), "a", Size(1, 1)
    )

    assert posixpath.normpath(uri).startswith("out/")


@given(TEXTS, FORMATS, st.sampled_from(FIELDS))
def test_file_is_called_by_what_it_holds(stem, name, field):
    template = f"out/a{{{field}}}.{{ext}}"

    uri = output_uri(
        template, SourceName(stem=stem, parent="p", key="0"), ImageOutput(name), "n", Size(3, 2)
    )

    assert canonical_name(posixpath.splitext(uri)[1]) == name


@given(st.lists(NAMED, min_size=1, max_size=6))
def test_outputs_of_a_job_have_names_of_their_own(outputs):
    asked = [output.name for output in outputs if output.name is not None]
    assume(len(set(asked)) == len(asked))

    names = output_names(outputs)

    assert len(names) == len(set(names)) == len(outputs)
    assert set(asked) <= set(names)


@given(st.text(max_size=20))
def test_any_template_is_one_or_is_refused(text):
    with suppress(SpecError):
        check_template(text)
        assert isinstance(text.format(**dict.fromkeys(FIELDS, "")), str)


@given(st.text(max_size=20), st.text(max_size=20))
def test_folder_of_the_source_is_never_a_template(folder, stem):
    template = template_for(None, is_folder=False, beside=folder)

    uri = output_uri(template, SourceName(stem=stem), ImageOutput("png"), "a", Size(1, 1))

    assert uri == posixpath.join(folder, f"{safe_component(stem)}.png")


@given(st.lists(st.text(max_size=5), max_size=6))
def test_places_without_a_pair_have_no_duplicate(uris):
    shared = find_duplicates(uris)

    folded = [unicodedata.normalize("NFC", uri).casefold() for uri in uris]
    assert (shared is None) == (len(set(folded)) == len(folded))
