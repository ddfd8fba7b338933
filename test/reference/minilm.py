"""Embeddings of all-MiniLM-L6-v2 by Transformers: minilm.py FOLDER (with model.safetensors, tokenizer.json and config.json)."""
import json
import sys
from pathlib import Path

import torch
from transformers import BertModel, BertTokenizerFast

folder = sys.argv[1]
model, tokenizer = BertModel.from_pretrained(folder).eval(), BertTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json")
path = Path(__file__).parent.parent / "fixtures" / "minilm-reference.json"
lines = []
for text in [line["text"] for line in json.loads(path.read_text())]:
    inputs = tokenizer([text], return_tensors="pt")
    with torch.no_grad():
        states = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][..., None]
    vector = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))[0]
    lines.append({"text": text, "ids": inputs["input_ids"][0].tolist(), "embedding": [round(x, 6) for x in vector.tolist()]})
path.write_text(json.dumps(lines, ensure_ascii=False))
