"""Self-attention for GanZoo, as an upsampling."""

from __future__ import annotations

from ganzoo_self_attention.attention_conv import AttentionConv, SelfAttention

__all__ = ["AttentionConv", "SelfAttention"]
