"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL: pictures in as many tokens as their size asks for, placed by row and column."""
