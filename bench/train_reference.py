"""PyTorch + PEFT doing the steps that bench/train.ts asks for. Reads a job from the path given, then one request a line from standard
input ({"variant": ..., "steps": n}), and answers each with one line: seconds, CPU seconds, last loss.

Settings are the best found for this model on a CPU: weights in bfloat16, adapters in bfloat16 or float32 as the variant says, SDPA
attention, right padding to the longest sequence of a batch, loss at completions only in the `picked` variants and as
Transformers computes it in the `plain` ones, AdamW fused.
"""
import json
import resource
import sys
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

job = json.loads(Path(sys.argv[1]).read_text())
torch.set_num_threads(job["threads"])
path = Path(job["model"])
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def build(variant: str):
    torch.manual_seed(1)
    base = torch.bfloat16 if "bf16" in variant else torch.float32
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=base, attn_implementation="sdpa")
    layers = list(range(model.config.num_hidden_layers - job["layers"], model.config.num_hidden_layers))
    config = LoraConfig(r=job["rank"], lora_alpha=job["alpha"], target_modules=TARGETS, layers_to_transform=layers, task_type="CAUSAL_LM")
    model = get_peft_model(model, config, autocast_adapter_dtype="f32 adapters" in variant)
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    return model, torch.optim.AdamW(parameters, lr=job["learningRate"], fused=True), parameters


def collated(batch):
    longest = max(len(s["ids"]) for s in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros(len(batch), longest, dtype=torch.long)
    labels = torch.full((len(batch), longest), -100)
    for row, s in enumerate(batch):
        n = len(s["ids"])
        ids[row, :n] = torch.tensor(s["ids"])
        mask[row, :n] = 1
        labels[row, torch.tensor(s["places"])] = torch.tensor(s["labels"])  # already shifted: what follows the place
    return ids, mask, labels


def loss_of(model, variant, ids, mask, labels):
    if "picked" in variant:
        inner = model.get_base_model()
        hidden = inner.model(input_ids=ids, attention_mask=mask).last_hidden_state
        wanted = labels >= 0
        return torch.nn.functional.cross_entropy(inner.lm_head(hidden[wanted]).float(), labels[wanted])
    shifted = torch.full_like(labels, -100)
    shifted[:, 1:] = labels[:, :-1]
    return model(input_ids=ids, attention_mask=mask, labels=shifted).loss


built = {}
for line in sys.stdin:
    request = json.loads(line)
    variant = request["variant"]
    if variant not in built:
        built[variant] = [*build(variant), 0]
    model, optimizer, parameters, at = built[variant]
    started, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    loss = None
    for _ in range(request["steps"]):
        ids, mask, labels = collated(job["batches"][at % len(job["batches"])])
        at += 1
        loss = loss_of(model, variant, ids, mask, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    built[variant][3] = at
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": time.perf_counter() - started, "cpu": after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime,
        "loss": None if loss is None else loss.item(),
    }), flush=True)
