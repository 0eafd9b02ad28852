"""Pictures of text, read by RapidOCR where the extra `ocr` is installed; its models come in its wheel."""

from __future__ import annotations

import functools
import io
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.readers.layout import Page, Span, read_page
from ingest.readers.source import SourceText, Writer

_MOST_PIXELS = 100_000_000
_MOST_FRAMES = 200
_SURE = 0.5
_ENGINE = threading.Lock()


def available() -> bool:
    """Whether character recognition can run without fetching anything."""
    return find_spec("onnxruntime") is not None and find_spec("rapidocr") is not None and len(_models()) == 3


@functools.cache
def _models() -> dict[str, str]:
    """The models in RapidOCR's wheel; given as paths, so that it never goes looking for others on the network."""
    spec = find_spec("rapidocr")
    if spec is None or not spec.origin:
        return {}
    folder = Path(spec.origin).parent / "models"
    found = {}
    for step in ("det", "cls", "rec"):
        files = sorted(folder.glob(f"*_{step}_*.onnx")) or sorted(folder.glob(f"*_{step}*.onnx"))
        if files:
            found[step] = str(files[0])
    return found


@functools.cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    parameters: dict[str, Any] = {f"{step.title()}.model_path": path for step, path in _models().items()}
    return RapidOCR(params={**parameters, "Global.log_level": "error"})


def read_picture(pixels: Any) -> Page:
    """Spans of text in a picture (rows × columns, grey or BGR)."""
    height, width = pixels.shape[:2]
    with _ENGINE:
        result = _engine()(pixels)
    page = Page(width, height)
    if result is None or result.boxes is None or result.txts is None:
        return page
    for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
        if text.strip() and score >= _SURE:
            page.spans.append(Span(min(xs), min(ys), max(xs), max(ys), text.strip()))
    return page


def read_image(path: Path, raw: bytes) -> SourceText:
    """The text in a picture file; every frame of a TIFF is a page."""
    name = path.name
    if not available():
        raise InputError(
            name, "a picture, and no optical character recognition is installed", "pip install 'hangce[ocr]'"
        )
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Pillow cannot mend it raises
        return _read_frames(name, raw)


def _read_frames(name: str, raw: bytes) -> SourceText:
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(raw))
        frames = getattr(picture, "n_frames", 1)
        if frames > _MOST_FRAMES or picture.width * picture.height > _MOST_PIXELS:
            raise InputError(name, "the picture is too large", "split it, or scan it at 200 to 300 dpi")
        writer = Writer(paged=frames > 1)
        for number in range(frames):
            picture.seek(number)
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            writer.page = number + 1
            for block in read_page(read_picture(np.asarray(upright)[:, :, ::-1])):
                writer.lines(block)
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ) as error:
        raise InputError(
            name, f"the picture is broken or incomplete ({type(error).__name__})", "fetch or scan it again"
        ) from error
    return writer.finish()
