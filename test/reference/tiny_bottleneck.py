"""Bottleneck adapters (Houlsby, Pfeiffer) over the tiny Llama as AdapterHub's package computes and saves them."""
import json
import shutil
from pathlib import Path

import adapters
import torch
from adapters import DoubleSeqBnConfig, SeqBnConfig
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

FIXTURES = Path(__file__).parent.parent / "fixtures"
TINY, OUT = FIXTURES / "tiny-llama", FIXTURES / "tiny-bottleneck"
REFERENCE = json.loads((TINY / "reference.json").read_text())
KINDS = {"houlsby": DoubleSeqBnConfig(reduction_factor=4), "pfeiffer": SeqBnConfig(reduction_factor=4, leave_out=[0])}


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    ids, labels = torch.tensor(REFERENCE["ids"]), torch.tensor(REFERENCE["labels"])
    mask = torch.zeros_like(ids)
    for row, length in enumerate(REFERENCE["lengths"]):
        mask[row, :length] = 1
    losses = {}
    for index, (kind, config) in enumerate(KINDS.items()):
        torch.manual_seed(30 + index)
        model = LlamaForCausalLM(LlamaConfig.from_pretrained(TINY, attn_implementation="eager")).eval()
        model.load_state_dict({name: value.float() for name, value in load_file(TINY / "model.safetensors").items()}, strict=False)
        model.tie_weights()
        adapters.init(model)
        model.add_adapter("tiny", config=config)
        model.train_adapter("tiny")
        model.eval()  # train_adapter does not, but nothing here has dropout either
        with torch.no_grad():
            for name, p in model.named_parameters():
                if ".adapters.tiny." in name:
                    p.copy_(torch.randn_like(p) * 0.2)
        folder = OUT / kind
        OUT.mkdir(parents=True, exist_ok=True)
        model.save_adapter(str(folder), "tiny", with_head=False, use_safetensors=True)
        for extra in folder.iterdir():
            if extra.name not in ("adapter_config.json", "adapter.safetensors", "model.safetensors"):
                extra.unlink()
        outcome = model(input_ids=ids, attention_mask=mask, labels=labels)
        outcome.loss.backward()
        grads = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
        assert grads and all(".adapters.tiny." in n for n in grads), list(grads)
        save_file({"logits": outcome.logits.detach().contiguous(), **grads}, folder / "reference.safetensors")
        losses[kind] = outcome.loss.item()
        print(sorted(p.name for p in folder.iterdir()), sorted(load_file(folder / "adapter.safetensors")))
    for path in OUT.rglob("*.safetensors"):
        path.chmod(0o644)
    (OUT / "reference.json").write_text(json.dumps(losses, indent=1) + "\n")
    print(losses)


main()
