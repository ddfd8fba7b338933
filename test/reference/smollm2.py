"""SmolLM2-135M-Instruct, dequantised from the GGUF that attune fetches: loss, some logits and greedy answers of a few prompts."""
import json
import sys
from pathlib import Path

import torch
from tokens import from_gguf
from transformers import AutoModelForCausalLM

OUT = Path(__file__).parent.parent / "fixtures" / "smollm2-reference.json"
PROMPTS = [
    "The capital of France is",
    "<|im_start|>user\nSend 250 euros to Anna.<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nFlows: transfer_money, block_card, check_balance. Answer with commands.<|im_end|>\n"
    "<|im_start|>user\nI lost my card yesterday, and how much money do I have left?<|im_end|>\n<|im_start|>assistant\nstart flow",
    "Überweisung: 1.234,56 € 😀\n\n",
]
path = Path(sys.argv[1])
torch.set_num_threads(2)
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager").eval()
tokenizer = from_gguf(str(path))
vocabulary = model.config.vocab_size
probes = [(i * 7919 + 13) % vocabulary for i in range(64)]
rows = []
for prompt in PROMPTS:
    ids = tokenizer.encode(prompt, add_special_tokens=False).ids
    with torch.no_grad():
        outcome = model(torch.tensor([ids]), labels=torch.tensor([ids]))
        last = outcome.logits[0, -1]
        answer = list(ids)
        for _ in range(16):
            answer.append(int(model(torch.tensor([answer])).logits[0, -1].argmax()))
    top = torch.topk(last, 8)
    rows.append({
        "text": prompt, "ids": ids, "loss": outcome.loss.item(), "argmaxes": outcome.logits[0].argmax(-1).tolist(),
        "logSumExp": torch.logsumexp(last, -1).item(), "top": top.indices.tolist(), "topLogits": top.values.tolist(),
        "probeLogits": last[probes].tolist(), "greedy": answer[len(ids):],
    })
    print(repr(tokenizer.decode(answer)), rows[-1]["loss"])
OUT.write_text(json.dumps({"probes": probes, "prompts": rows}) + "\n")
print(OUT.stat().st_size)
