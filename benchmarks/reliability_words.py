"""What the report of reliability says beside its figures."""

from __future__ import annotations

__all__ = ["ABOUT", "LIMITS"]

ABOUT = """\
All figures are from one run on a shared machine. Children that crash, hang, stop, eat memory and open
files do so on purpose: they are the same children that serve jobs, with a place that misbehaves by the
name of its source. Whoever is killed is killed by SIGKILL, so that nothing gets to clean up. Each job
is small, a JPEG of 64 × 48 px to a PNG of 32 px, unless a row says otherwise."""

LIMITS = {
    "crash": "it is a fault.",
    "replaced": "a spare child is started while jobs run, and waits for a processor with them.",
    "kills": "it is a fault.",
    "cancellations": "a job that does not listen is killed after half a second; the rest is a fault.",
    "deadlines": "the parent looks around twenty times a second, and waits until the child is gone.",
    "worker": "a job is two calls over a socket, its plan travels as JSON, and parent and child take "
    "turns on processors that others use as well.",
    "job": "each job waits for a process that is forked, locked and greeted while the job before it "
    "ends, on processors that others use as well.",
    "formats": "it is a fault.",
    "escapes": "it is a fault.",
    "loop": "the event loop shares its processors with the child and with the machine's other work.",
    "soak": "it is a fault.",
    "dask": "the two workers share two processors with the scheduler, the client and the machine's "
    "other work.",
}
"""What keeps a figure from its target; rows of faults have no excuse."""
