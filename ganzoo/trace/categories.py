"""What a kernel does: by its name where that is certain, else by its operator, else by its name.

The operator wins over most names because a convolution may run as a matrix product. Names of kernels
are those of cuDNN, cuBLAS, CUTLASS, ATen, Triton, NCCL, and of MIOpen, rocBLAS and RCCL.
"""

from __future__ import annotations

import functools
import re
from typing import Final

OTHER: Final = "other"
"""The category of what no pattern matches."""

ARITHMETIC: Final = frozenset({"conv", "gemm", "attention"})
"""Categories whose kernels can be limited by arithmetic; the others read and write memory, or wait."""

_Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def _patterns(table: dict[str, str]) -> _Patterns:
    return tuple((category, re.compile(pattern, re.IGNORECASE)) for category, pattern in table.items())


_CERTAIN_NAMES: Final = _patterns(
    {
        # between GPUs
        "communication": r"nccl|rccl|all_?reduce_kernel|nvshmem",
        # conversions between NCHW and NHWC
        "layout": r"nchw_?(To|2)_?nhwc|nhwc_?(To|2)_?nchw|convertTensor_kernel|transpose_(nchw|nhwc)",
        # StyleGAN's own operators
        "stylegan": r"upfirdn2d|filtered_lrelu|bias_act",
    }
)

_OPERATORS: Final = _patterns(
    {
        "attention": r"scaled_dot_product|(flash|efficient|cudnn)_attention",
        # convolutions
        "conv": r"conv(olution|_transpose|_?depthwise|\d)|slow_conv|mkldnn_conv",
        # matrix products
        "gemm": r"::_?(mm|addmm|bmm|baddbmm|addbmm|mv|addmv|addr|dot|vdot|matmul|linear|scaled_mm|int_mm)\b"
        r"|::(linear|mm|matmul)_backward",
        "softmax": r"softmax",
        # normalisation
        "norm": r"(batch|layer|group|instance|rms)_?norm",
        # pooling and interpolation
        "resample": r"upsample|_pool\d|interpolate|grid_sampler",
        # lists of tensors at once: optimiser steps, moving averages
        "optimizer": r"::_(foreach|fused)_|multi_tensor",
        # gathering, scattering, sorting, embeddings
        "index": r"::_?(index|gather|scatter|embedding|take|sort|topk|nonzero|unique|masked_select)",
        # random numbers, dropout
        "random": r"::(native_)?(uniform|normal|random|rand|randn|randint|randperm|bernoulli|exponential"
        r"|dropout)",
        # sums, means, losses
        "reduce": r"::_?(sum|mean|std|var|var_mean|norm|linalg_vector_norm|amax|amin|argmax|argmin|max|min"
        r"|any|all|prod|cumsum|logsumexp|nll_loss\w*)$",
        # copies, concatenations, fills
        "copy": r"::_?(copy|to_copy|cat|clone|contiguous|fill|zero|stack|constant_pad_nd)_?$",
    }
)

_NAMES: Final = _patterns(
    {
        "attention": r"flash_(fwd|bwd|attn)|fmha|attention|efficient_attn",
        # kernels that torch.compile wrote
        "triton": r"^triton_(?!mm|bmm|tem|conv)",
        "softmax": r"softmax",
        "norm": r"bn_(fw|bw)|(batch|layer|group|instance|rms)_?norm|RowwiseMoments|GammaBeta"
        r"|ComputeInternalGradients|ComputeFusedParams",
        "conv": r"[dw]grad|fprop|winograd|[sh]cudnn_|implicit_?(gemm|convolve)|cask_cudnn|"
        r"cudnn::(cnn|gemm|detail)|cutlass_cudnn|conv(olution|olve|_transpose|_?depthwise|\dd|_(fwd|bwd|wrw))|fft2d|im2(col|d2col)"
        r"|col2im|depthwise|scalePackedTensor|igemm_|miopen.*conv|sp3AsmConv",
        "gemm": r"gemm|gemv|Cijk_|split_?k_?reduce|cutlass|cublas|nvjet|dot_kernel|matmul|^triton_(tem|b?mm)",
        "resample": r"upsample|(max|avg|average)_?pool|pooling|grid_sampler|interp",
        "optimizer": r"multi_tensor_apply|fused_?(adam|sgd)|foreach",
        "random": r"distribution_|philox|dropout|curand|rocrand|bernoulli|randperm",
        "index": r"index_?(select|put|add|copy|elementwise|func|fill|kernel)|gather|scatter|embedding|nonzero"
        r"|pooled_embs|bitonic|radix|::sort|topk|unique",
        "reduce": r"reduce|nll_?loss|ClassNLL|cross_entropy|cub::.*Scan|scan_",
        "copy": r"CatArray|copy_kernel|copy_device|FillFunctor|fill_kernel|memcpy|memset|transpose"
        r"|pad\dd_kernel",
        # element by element
        "elementwise": r"elementwise|Functor|pointwise|OpTensor|op_tensor|activation|_kernel_(cuda|impl)",
    }
)


def _first(patterns: _Patterns, text: str) -> str | None:
    return next((category for category, pattern in patterns if pattern.search(text)), None)


@functools.lru_cache(maxsize=65536)
def categorise(kernel: str, operator: str | None) -> str:
    """The category of a kernel, given the operator that launched it where that is known."""
    certain = _first(_CERTAIN_NAMES, kernel)
    by_operator = _first(_OPERATORS, operator) if operator and not certain else None
    return certain or by_operator or _first(_NAMES, kernel) or OTHER
