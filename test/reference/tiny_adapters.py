"""rsLoRA, DoRA and LoRA over a quantised base (QLoRA) as PEFT computes them, over the tiny Llama that tiny_llama.py made."""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType as T, GGUFReader, GGUFWriter
from gguf.quants import dequantize, quantize
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

FIXTURES = Path(__file__).parent.parent / "fixtures"
TINY, OUT = FIXTURES / "tiny-llama", FIXTURES / "tiny-adapters"
REFERENCE = json.loads((TINY / "reference.json").read_text())
# Not all modules and not all layers, so that those left out are tested too.
SOME = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
KINDS = {
    "rslora": dict(use_rslora=True, layers_to_transform=[0, 2], target_modules=SOME),
    "dora": dict(use_dora=True, layers_to_transform=[1, 2], target_modules=SOME),
    "qlora": dict(target_modules=SOME),
}
# A type for each kind of block that rows of 64 and 160 numbers can have.
QUANTISED = {"attn_q": T.Q4_1, "attn_k": T.Q4_1, "attn_v": T.Q8_0, "attn_output": T.Q4_0, "ffn_gate": T.Q4_1, "ffn_up": T.Q4_1, "ffn_down": T.Q5_1}


def tiny_model() -> LlamaForCausalLM:
    config = LlamaConfig.from_pretrained(TINY, attn_implementation="eager")
    if getattr(config, "rope_parameters", None):
        assert config.rope_parameters["rope_theta"] == 100000.0, config.rope_parameters
    model = LlamaForCausalLM(config).eval()
    numbers = {name: value.float() for name, value in load_file(TINY / "model.safetensors").items()}
    missing, foreign = model.load_state_dict(numbers, strict=False)
    assert missing == ["lm_head.weight"] and not foreign, (missing, foreign)
    model.tie_weights()
    return model


def back(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """GGUF's order of rows to that of Transformers."""
    return rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def quantise(path: Path, model: LlamaForCausalLM) -> None:
    """The GGUF file of the tiny model with its projections in few bits, and the same numbers put into the model."""
    names = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    reader = GGUFReader(TINY / "model.gguf")
    writer = GGUFWriter(path, "llama")
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        kind = field.types[0]
        writer.add_key_value(field.name, field.contents(), kind, sub_type=field.types[-1] if len(field.types) > 1 else None)
    parameters = dict(model.named_parameters())
    for tensor in reader.tensors:
        part = tensor.name.split(".")[2] if tensor.name.startswith("blk.") else ""
        if part not in QUANTISED:
            writer.add_tensor(tensor.name, tensor.data)
            continue
        raw = quantize(np.asarray(tensor.data, dtype=np.float32), QUANTISED[part])
        writer.add_tensor(tensor.name, raw, raw_dtype=QUANTISED[part])
        numbers = torch.from_numpy(dequantize(raw, QUANTISED[part]).astype(np.float32))
        heads = {"attn_q": model.config.num_attention_heads, "attn_k": model.config.num_key_value_heads}.get(part)
        with torch.no_grad():
            parameters[f"model.layers.{tensor.name.split('.')[1]}.{names[part]}.weight"].copy_(back(numbers, heads) if heads else numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    ids, labels = torch.tensor(REFERENCE["ids"]), torch.tensor(REFERENCE["labels"])
    mask = torch.zeros_like(ids)
    for row, length in enumerate(REFERENCE["lengths"]):
        mask[row, :length] = 1
    losses = {}
    for index, (kind, settings) in enumerate(KINDS.items()):
        torch.manual_seed(20 + index)
        folder = OUT / kind
        folder.mkdir(parents=True)
        model = tiny_model()
        base = {}
        if kind == "qlora":
            quantise(folder / "model.gguf", model)
            with torch.no_grad():
                base = {"logits.base": model(input_ids=ids, attention_mask=mask).logits.contiguous()}
        tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, task_type="CAUSAL_LM", **settings))
        tuned.peft_config["default"].base_model_name_or_path = "tiny-llama"
        with torch.no_grad():
            for name, p in tuned.named_parameters():
                if "lora_magnitude" in name:  # away from the norms of the rows, where DoRA adds nothing
                    p.mul_(1 + 0.3 * torch.randn_like(p))
                elif "lora_" in name:
                    p.copy_(torch.randn_like(p) * 0.1)
        tuned.save_pretrained(folder)
        (folder / "README.md").unlink()
        saved = json.loads((folder / "adapter_config.json").read_text())
        saved["target_modules"].sort()  # PEFT writes a set, in another order each time
        (folder / "adapter_config.json").write_text(json.dumps(saved, indent=2) + "\n")
        outcome = tuned(input_ids=ids, attention_mask=mask, labels=labels)
        outcome.loss.backward()
        grads = {n.replace(".default", ""): p.grad.clone() for n, p in tuned.named_parameters() if p.grad is not None}
        numbers = {**base, "logits": outcome.logits.detach().contiguous(), **grads}
        if kind == "dora":
            merged = tuned.merge_and_unload()
            numbers["merged.q_proj"] = merged.model.layers[1].self_attn.q_proj.weight.detach().clone()
            numbers["merged.down_proj"] = merged.model.layers[2].mlp.down_proj.weight.detach().clone()
        save_file(numbers, folder / "reference.safetensors")
        losses[kind] = outcome.loss.item()
    for path in OUT.rglob("*.safetensors"):
        path.chmod(0o644)
    (OUT / "reference.json").write_text(json.dumps(losses, indent=1) + "\n")
    print(losses)


main()
