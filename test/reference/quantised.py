"""One tensor of random blocks per GGUF type, and beside it the numbers that the gguf package reads from it."""
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T, GGUFWriter
from gguf.quants import dequantize, quantize

OUT = Path(__file__).parent.parent / "fixtures" / "quantised.gguf"
# Bytes at which each type keeps a half-precision scale; random ones would often be infinite or not a number.
HALVES = {
    T.Q4_0: [0], T.Q4_1: [0, 2], T.Q5_0: [0], T.Q5_1: [0, 2], T.Q8_0: [0],
    T.Q2_K: [80, 82], T.Q3_K: [108], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q6_K: [208],
}
rng = np.random.default_rng(7)
writer = GGUFWriter(OUT, "llama")
for kind in [T.F32, T.F16, T.BF16, *HALVES]:
    block, size = GGML_QUANT_SIZES[kind]
    if kind in (T.F32, T.F16):
        values = rng.standard_normal((3, 64)).astype(np.float32 if kind == T.F32 else np.float16)
        raw, expected = values, values.astype(np.float32)
    else:
        columns = 64 if block == 1 else 2 * block
        raw = rng.integers(0, 256, (3, columns // block * size), dtype=np.uint8)
        if kind == T.BF16:
            raw = (rng.standard_normal((3, columns)).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
        blocks = raw.reshape(-1, size)
        for at in HALVES.get(kind, []):
            blocks[:, at:at + 2] = (rng.standard_normal((len(blocks), 1)) * 0.1).astype(np.float16).view(np.uint8)
        expected = dequantize(raw, kind)
    writer.add_tensor(kind.name, raw, raw_dtype=None if kind in (T.F32, T.F16) else kind)
    writer.add_tensor(f"{kind.name}.expected", expected)
numbers = (rng.standard_normal((3, 64)) * 0.1).astype(np.float32)
numbers[0, :32] = 0
writer.add_tensor("numbers", numbers)
writer.add_tensor("numbers.Q8_0", quantize(numbers, T.Q8_0), raw_dtype=T.Q8_0)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
print(OUT, OUT.stat().st_size)
