"""The frames that a run publishes, and the rows of the history that they complete (BEHAVIOUR.md 11.4, 6.3)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from mockbot import sse
from mockbot.astrbot import frames
from mockbot.astrbot.model_call import Deltas
from mockbot.astrbot.v4_29_3 import stored
from mockbot.astrbot.v4_29_3.content import MEDIA, Content
from mockbot.astrbot.v4_29_3.run import Run
from mockbot.jsontext import JSON
from mockbot.script.model import SentPart
from mockbot.script.template import Values, fill
from mockbot.script.turn import Frame
from mockbot.world.clock import stamp
from mockbot.world.records import Attachment
from mockbot.world.world import World


class Output:
    """Publishes the frames of one run."""

    def __init__(self, world: World, run: Run) -> None:
        self._world, self._run = world, run

    def started(self) -> None:
        """Say that the run has started."""
        self._run.started = True
        self._publish({"type": "run_started", "data": {"run_id": self._run.id}, **self._tail(streaming=False)})

    def frame(self, frame: Frame) -> None:
        """Send a frame; save the message that it completes."""
        self._publish(frame.data)
        if self._run.content.add(frame.data):
            self.save()

    def verbatim(self, data: JSON) -> None:
        """Send a frame of a script unchanged: a JSON value, or a text that follows `data: `."""
        self._run.publish(sse.piece(sse.raw_frame(data)))

    def deltas(self, deltas: Deltas) -> None:
        """Send the deltas of a text."""
        run = self._run
        run.publish(*sse.frames(frames.plain("", run.id, streaming=True).data, "data", deltas.texts))
        run.content.say(deltas.whole)

    def plain(self, text: str) -> None:
        """Send a whole text."""
        self.frame(frames.plain(text, self._run.id))

    def complete(self, text: str, reasoning: str) -> None:
        """Send the end of a streaming run."""
        self.frame(frames.complete(text, reasoning, self._run.id))

    def media(self, part: SentPart, *, streaming: bool = False) -> str:
        """Send a media file; return the data of its frame."""
        kind = part.kind
        assert kind == "image" or kind == "record" or kind == "file"  # narrows the type
        record = stored.send(self._world, kind, part.extension)
        return self.attachment(record, part.name if kind == "file" else "", streaming=streaming)

    def attachment(self, record: Attachment, name: str = "", *, streaming: bool = False) -> str:
        """Send a stored attachment, under the file name `name` if it has one of its own."""
        file = posixpath.basename(record.path)
        data = f"[{record.type.upper()}]{file}" + (f"|{name}" if name else "")
        frame: dict[str, JSON] = {"type": record.type, "data": data, **self._tail(streaming=streaming)}
        self._publish(frame)
        self._publish({"type": "attachment_saved", "data": {"id": record.id, "type": record.type}})
        if self._run.content.add(frame, media_part(record, name or file)):
            self.save()
        return data

    def push(self, parts: Iterable[SentPart], values: Values) -> None:
        """Push a message of a tool into the stream (section 7)."""
        data = ""
        for part in parts:
            is_media = part.kind in MEDIA
            data = self.media(part, streaming=True) if is_media else self.pushed_text(fill(part.text, values))
        self.pushed(data)

    def pushed_text(self, text: str) -> str:
        """Push a text into the stream; return it."""
        frame = frames.plain(text, self._run.id, streaming=True)
        self._publish(frame.data)
        self._run.content.add(frame.data)
        return text

    def pushed(self, data: str) -> None:
        """End a push, whose last part had this data, and save it."""
        push: dict[str, JSON] = {"type": "complete", "data": data, "streaming": True, "chain_type": None}
        self._publish({**push, "message_id": self._run.id})
        self._run.content.stats = None
        self.save()

    def captured(self, run_id: str) -> None:
        """Say that the message went into the tool result of another run (section 11.8)."""
        self._publish({"type": "follow_up_captured", "data": {"target_run_id": run_id}, **self._tail(streaming=False)})

    def end(self) -> None:
        """Send the last frame."""
        self._publish({"type": "end", "data": "", **self._tail(streaming=False)})

    def save(self) -> None:
        """Store what was said as a message, and say so."""
        run, content = self._run, self._run.content
        run.content = Content()
        row = self._world.history.add(
            run.session_id, "bot", content.parts, checkpoint=run.checkpoint, extra=content.extra
        )
        saved: JSON = {"id": row.id, "created_at": stamp(row.created_at), "llm_checkpoint_id": run.checkpoint}
        self._publish({"type": "message_saved", "data": saved})

    def _publish(self, data: dict[str, JSON]) -> None:
        self._run.publish(sse.frame(data))

    def _tail(self, *, streaming: bool) -> dict[str, JSON]:
        return {"streaming": streaming, "message_id": self._run.id}


def media_part(record: Attachment, name: str) -> dict[str, JSON]:
    """Return a media part as the history has it: `name`, and the stored name where it is another one."""
    file = posixpath.basename(record.path)
    part: dict[str, JSON] = {"type": record.type, "attachment_id": record.id, "filename": name}
    return part if name == file else {**part, "stored_filename": file}
