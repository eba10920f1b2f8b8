"""TinyViT, MobileSAM's image encoder; imports torch, so it is imported only when it is used.

Architecture: Wu et al., TinyViT (ECCV 2022), as Zhang et al. use it in MobileSAM
(arXiv:2306.14289): the last stage keeps its resolution, and SAM's neck follows. Modules carry the
names of the checkpoint's keys; every width, depth and window is read from the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt

import torch
from segment_anything.modeling.common import LayerNorm2d
from torch import Tensor, nn
from torch.nn import functional

SIDE_PX = 1024  # of the pictures that MobileSAM was trained on; no weight tells it
CELL_PX = 16  # picture px a cell of the embedding


class ConvNorm(nn.Module):
    """Convolution without a bias, then batch normalisation."""

    def __init__(
        self, given: int, made: int, side: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__()
        self.c = nn.Conv2d(given, made, side, stride, side // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(made)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.c(x))


class InvertedBottleneck(nn.Module):
    """MobileNet's block: wide in the middle, a residual around."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width, hidden, 1)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.gelu(self.conv2(functional.gelu(self.conv1(x))))
        return functional.gelu(x + self.conv3(inner))


class Merging(nn.Module):
    """Between two stages: another width and, with stride 2, half the resolution."""

    def __init__(self, given: int, made: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(given, made, 1)
        self.conv2 = ConvNorm(made, made, 3, stride=stride, groups=made)
        self.conv3 = ConvNorm(made, made, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(functional.gelu(self.conv2(functional.gelu(self.conv1(x)))))


class Attention(nn.Module):
    """Attention inside a window, with a learnt bias for every distance."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        y, x = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
        y, x = y.flatten(), x.flatten()
        apart = (y[:, None] - y).abs() * window + (x[:, None] - x).abs()
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        windows, cells, width = x.shape
        mixed = self.qkv(self.norm(x)).view(windows, cells, self.heads, -1).transpose(1, 2)
        query, key, value = mixed.chunk(3, dim=-1)
        bias = self.attention_biases[:, self.apart]
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.proj(seen.transpose(1, 2).reshape(windows, cells, width))


class Mlp(nn.Module):
    """Two layers, cell by cell."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(self.norm(x))))


class WindowBlock(nn.Module):
    """Attention in windows, a depthwise convolution across them, two layers."""

    def __init__(self, width: int, heads: int, window: int, hidden: int) -> None:
        super().__init__()
        self.window = window
        self.attn = Attention(width, heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = Mlp(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = self.local_conv(x + self._attended(x))
        return x + self.mlp(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    def _attended(self, x: Tensor) -> Tensor:
        """Pad to whole windows, attend in each, put them back."""
        count, width, high, wide = x.shape
        side = self.window
        down, across = -(-high // side), -(-wide // side)
        padded = functional.pad(x, (0, across * side - wide, 0, down * side - high))
        cells = padded.view(count, width, down, side, across, side).permute(0, 2, 4, 3, 5, 1)
        seen = self.attn(cells.reshape(-1, side * side, width))
        back = seen.view(count, down, across, side, side, width).permute(0, 5, 1, 3, 2, 4)
        return back.reshape(padded.shape)[:, :, :high, :wide]


class Stage(nn.Module):
    """Blocks, and the way to the next stage."""

    def __init__(self, blocks: list[nn.Module], downsample: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x)
        return x if self.downsample is None else self.downsample(x)


class TinyVit(nn.Module):
    """The encoder: `n x 3 x 1024 x 1024` to `n x c x 64 x 64`.

    Args:
        weights: Of the encoder, by name; their shapes say what is built.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.img_size = SIDE_PX
        sizes = {name: tuple(value.shape) for name, value in weights.items()}
        half, width = (sizes[f"patch_embed.seq.{i}.c.weight"][0] for i in (0, 2))
        self.patch_embed = nn.Module()
        self.patch_embed.seq = nn.Sequential(
            ConvNorm(3, half, 3, stride=2), nn.GELU(), ConvNorm(half, width, 3, stride=2)
        )
        count = len({name.split(".")[1] for name in sizes if name.startswith("layers.")})
        self.layers = nn.Sequential(*(_stage(sizes, i, count) for i in range(count)))
        classes, last = sizes["head.weight"]  # of the training; not run
        self.norm_head, self.head = nn.LayerNorm(last), nn.Linear(last, classes)
        made = sizes["neck.0.weight"][0]
        self.neck = nn.Sequential(
            nn.Conv2d(last, made, 1, bias=False), LayerNorm2d(made),
            nn.Conv2d(made, made, 3, padding=1, bias=False), LayerNorm2d(made),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return self.neck(self.layers(self.patch_embed.seq(x)))


def _stage(sizes: Mapping[str, tuple[int, ...]], index: int, count: int) -> Stage:
    own = f"layers.{index}."
    depth = len({n.split(".")[3] for n in sizes if n.startswith(f"{own}blocks.")})
    blocks: list[nn.Module] = []
    for name in (f"{own}blocks.{i}." for i in range(depth)):
        if f"{name}conv1.c.weight" in sizes:
            hidden, width = sizes[f"{name}conv1.c.weight"][:2]
            blocks.append(InvertedBottleneck(width, hidden))
        else:
            heads, places = sizes[f"{name}attn.attention_biases"]
            hidden, width = sizes[f"{name}mlp.fc1.weight"]
            blocks.append(WindowBlock(width, heads, isqrt(places), hidden))
    if index + 1 == count:
        return Stage(blocks, None)
    made, given = sizes[f"{own}downsample.conv1.c.weight"][:2]
    return Stage(blocks, Merging(given, made, stride=1 if index + 2 == count else 2))
