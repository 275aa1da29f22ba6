"""Contexts: by which calls we are inside a function, as interned numbers of frames."""

from __future__ import annotations

from auditor.program.origins.types import Frame, Func, Key

DEEPEST = 3
LOST = 1
"""the context of what is read beyond the deepest call: some call stands around it, which one is not known"""


class Frames:
    """Frame 0 is no context."""

    def __init__(self) -> None:
        self.frames: list[Frame | None] = [None, Frame((-1, -1), (-1, -1), 0, None, (), 0, 0)]
        self.frame_ids: dict[Frame, int] = {}

    def frame(self, frame: Frame) -> int:
        found = self.frame_ids.get(frame)
        if found is None:
            found = self.frame_ids[frame] = len(self.frames)
            self.frames.append(frame)
        return found

    def entered(self, func: Func, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> int:
        """The context inside a function called at a site. Beyond the deepest call the site is kept, and what stands around it is lost."""
        inner = self.depth(func.ctx)
        depth = max(self.depth(ctx), inner) + 1
        if depth > DEEPEST:
            ctx, depth = LOST, max(DEEPEST - 1, inner)
        return self.frame(Frame(func.fn, site, ctx, func.owner, partials, func.ctx, depth))

    def is_lost(self, ctx: int) -> bool:
        """Whether it is not known by which of its calls we are inside what stands around a context's functions."""
        while ctx != LOST:
            frame = self.frames[ctx]
            if frame is None:
                return False
            ctx = frame.parent
        return True

    def depth(self, ctx: int) -> int:
        frame = self.frames[ctx]
        return 0 if frame is None else frame.depth

    def find_frame(self, ctx: int, fn: Key) -> Frame | None:
        """The frame of a function in a context: the call by which we are inside it."""
        frame = self.frames[ctx]
        while frame is not None:
            if frame.fn == fn:
                return frame
            frame = self.frames[frame.parent]
        return None

    def too_deep(self, ctx: int) -> bool:
        return self.depth(ctx) >= DEEPEST
