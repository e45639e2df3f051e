"""HuggingFaceText: any text model of a local Hugging Face folder as an encoder. Needs the `text` extra."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Words
from einthoven.encoding.cache import Cache
from einthoven.encoding.pooling import pooled_by, pooled_of
from einthoven.encoding.text import TextEncoder, TextPreparation
from einthoven.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["HuggingFaceText"]


class HuggingFaceText(TextEncoder):
    """A text model of the `transformers` library, read from a folder on this machine; the network is never asked.

    Once built it does not need the folder: the model's own configuration, tokenizer and weights are saved
    with the Einthoven model.

    Args:
        preparation: longest text; its tokenizer is filled in.
        path: folder with config.json, weights and a fast tokenizer; None when `hf` describes the model.
        hf: the model's configuration, what `config()` keeps of the folder.
        causal: a token sees those before it only. A model that was trained both ways and can be told so (BERT) is
            turned into one; one that always is (GPT) must be told too.
        pooling: "mean" over real tokens, "cls", the first token, or "last"; None takes the last where causal, else the
            mean.
        frozen: True trains nothing; a number n freezes the embeddings and the first n layers; False trains all.
        tokenizer: given when loading a saved model.

    Raises:
        MissingExtraError: transformers is not installed.
        ModelError: the folder holds no model or no fast tokenizer.
    """

    architecture = "huggingface"

    def __init__(
        self,
        preparation: TextPreparation,
        *,
        path: str | Path | None = None,
        hf: dict[str, Any] | None = None,
        causal: bool = False,
        pooling: str | None = "mean",
        frozen: bool | int = False,
        tokenizer: Tokenizer | str | None = None,
    ) -> None:
        body = _opened(path, causal) if path is not None else _described(hf)
        words = tokenizer if path is None else _tokenizer(path)
        room = body.get_input_embeddings().num_embeddings  # type: ignore[operator]
        sizes = {"hf": _plain(body), "causal": causal, "pooling": pooling, "frozen": frozen}
        longest = getattr(body.config, "max_position_embeddings", preparation.max_tokens)
        if preparation.max_tokens > longest:
            raise ModelError(
                f"this text model reads at most {longest} tokens",
                came=f"max_tokens={preparation.max_tokens} came",
                instead=f'Use encoder("huggingface", path=..., max_tokens={longest}) or fewer.',
                see="docs/encoder.md",
            )
        width = int(body.config.hidden_size)  # type: ignore[union-attr, arg-type]
        super().__init__(preparation, width=width, vocabulary=room, tokenizer=words, causal=causal, sizes=sizes)
        self.body, self.frozen, self.pooling = body, frozen, pooled_by(pooling, causal, {"mean", "cls", "last"})
        _freeze(body, frozen)
        if causal:
            _refuse_two_way(body)
        self.train(self.training)

    def train(self, mode: bool = True) -> HuggingFaceText:
        """Switch to training; a frozen body stays as it is, without dropout."""
        super().train(mode)
        if self.frozen is True:
            self.body.eval()
        return self

    def forward(self, batch: Words, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given."""
        if keep is not None:
            raise self._unmaskable()
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.frozen is not True):
            tokens = self.body(
                input_ids=batch.ids, attention_mask=batch.mask.long(), **self._uncached()
            ).last_hidden_state
        return Encoding(pooled_of(tokens, batch.mask, self.pooling), tokens, batch.mask)

    def read(self, ids: Tensor, cache: Cache) -> Tensor:
        """Return the states of the next tokens; see `TextEncoder.read`."""
        self._refuse_two_way()
        seen = torch.ones(len(ids), cache.length + ids.shape[1], dtype=torch.long, device=ids.device)
        told = self.body(input_ids=ids, attention_mask=seen, past_key_values=cache.body, use_cache=True)
        cache.body, cache.length = told.past_key_values, cache.length + ids.shape[1]
        states: Tensor = told.last_hidden_state
        return states

    def _uncached(self) -> dict[str, bool]:
        return {"use_cache": False} if self.causal else {}


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise MissingExtraError(
            "a Hugging Face text model needs the transformers library",
            came="it is not installed",
            instead='Install it with pip install "einthoven[text]", or use encoder("report-small").',
            see="docs/encoder.md",
        ) from error
    return transformers


def _opened(path: str | Path, causal: bool) -> nn.Module:
    """Return the model of a local folder. Weights come from safetensors alone: a .bin file is a pickle."""
    library = _transformers()
    folder = Path(path)
    if not (folder / "config.json").is_file():
        raise _unusable(path, "it has no config.json")
    library.utils.logging.disable_progress_bar()
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = library.AutoConfig.from_pretrained(folder, **options)
        config.is_decoder = causal or getattr(config, "is_decoder", False)
        body = library.AutoModel.from_pretrained(
            folder, config=config, use_safetensors=True, dtype=torch.float32, **options
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(path, f"transformers refused it ({type(error).__name__})") from error
    return _without_pooler(body)


def _described(hf: dict[str, Any] | None) -> nn.Module:
    """Return the model of a saved configuration, with fresh weights."""
    library = _transformers()
    if hf is None:
        raise ModelError(
            "a Hugging Face text model is opened from a folder",
            came="no path came",
            instead='Use encoder("huggingface", path="folder of the model").',
            see="docs/encoder.md",
        )
    rest = {name: value for name, value in hf.items() if name != "model_type"}
    return _without_pooler(library.AutoModel.from_config(library.AutoConfig.for_model(hf["model_type"], **rest)))


def _without_pooler(body: nn.Module) -> nn.Module:
    """Take away the layer on the first token that BERT-like models have and nothing here uses."""
    if isinstance(getattr(body, "pooler", None), nn.Module):
        setattr(body, "pooler", None)  # noqa: B010  (what torch calls a module may be None)
    return body


def _plain(body: nn.Module) -> dict[str, Any]:
    """Return a configuration as plain values, without the folder it came from."""
    found: dict[str, Any] = json.loads(body.config.to_json_string(use_diff=False))  # type: ignore[union-attr, operator]
    local = {"_name_or_path", "architectures", "transformers_version", "dtype", "torch_dtype"}
    return {name: value for name, value in found.items() if name not in local}


def _tokenizer(path: str | Path) -> str:
    """Return the JSON of the folder's fast tokenizer."""
    file = Path(path) / "tokenizer.json"
    if not file.is_file():
        raise _unusable(path, "it has no tokenizer.json (a fast tokenizer)")
    text = file.read_text(encoding="utf-8", errors="replace")
    if not _is_tokenizer(text):
        raise _unusable(path, "its tokenizer.json cannot be read")
    return text


def _is_tokenizer(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and "model" in found


@torch.no_grad()
def _refuse_two_way(body: nn.Module) -> None:
    """Some models hear that they are to be causal and do not listen: change the last token and look at the first."""
    ids = torch.tensor([[0, 1, 2], [0, 1, 3]], device=next(body.parameters()).device)
    if ids.device.type == "meta":
        return
    states = body.eval()(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).last_hidden_state
    if not torch.allclose(states[0, :2], states[1, :2], atol=1e-5):
        raise ModelError(
            "a causal text model sees no word that follows",
            came="this one does: its architecture cannot be told otherwise",
            instead='Use it with causal=False, and Caption(..., reads="words").',
            see="docs/encoder.md",
        )


def _freeze(body: nn.Module, frozen: bool | int) -> None:
    if frozen is True:
        body.requires_grad_(False)
    elif frozen:
        depth = int(body.config.num_hidden_layers)  # type: ignore[union-attr, arg-type]
        stacks = [part for part in body.modules() if isinstance(part, nn.ModuleList) and len(part) == depth]
        embeddings = getattr(body, "embeddings", None) or body.get_input_embeddings()  # type: ignore[operator]
        for part in (embeddings, *stacks[0][: int(frozen)]):
            part.requires_grad_(False)


def _unusable(path: str | Path, why: str) -> ModelError:
    return ModelError(
        "a Hugging Face text model is a folder with config.json, tokenizer.json and model.safetensors",
        came=f"{path} cannot be used: {why}",
        instead="Save model and fast tokenizer there with save_pretrained(folder).",
        see="docs/encoder.md",
    )
