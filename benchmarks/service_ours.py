"""The library's own images a second, isolated, for the service benchmarks.

``python service_ours.py FOLDER PHOTO COUNT AT_ONCE``; prints seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time

from mediaflow import aio, recipes
from mediaflow.storage import Storage


async def work(folder: str, photo: str, count: int, at_once: int) -> float:
    storage = Storage.within(folder)
    async with aio.Processor(trust="strangers", storage=storage) as processor:
        gate = asyncio.Semaphore(at_once)

        async def one(number: int) -> None:
            async with gate:
                to = f"{folder}/outputs/{number}/"
                await processor.process(photo, recipes.thumbnails(), to=to)

        await asyncio.gather(*(one(-number) for number in range(1, at_once + 1)))  # warms children
        began = time.perf_counter()
        await asyncio.gather(*(one(number) for number in range(count)))
        return time.perf_counter() - began


if __name__ == "__main__":
    folder, photo, count, at_once = sys.argv[1:]
    print(asyncio.run(work(folder, photo, int(count), int(at_once))))
