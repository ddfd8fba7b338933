"""A frozen sentence encoder with a linear head: labels_reference.py MODEL_FOLDER TRAIN TEST SHOTS SEED OUT_OF_SCOPE. Prints one JSON line.

Embeddings by Transformers (mean pooling, length 1), head by scikit-learn's LogisticRegression (C 10, the best of 1, 10, 100 on dev).
"""
import json
import random
import sys
from pathlib import Path

import torch
from sklearn.linear_model import LogisticRegression
from transformers import AutoModel, AutoTokenizer

folder, train, test, shots, seed, out_of_scope = sys.argv[1:]
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def rows(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]


def embed(texts):
    vectors = [None] * len(texts)
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(0, len(order), 64):
        members = order[start:start + 64]
        inputs = tokenizer([texts[at] for at in members], padding=True, truncation=True, max_length=96, return_tensors="pt")
        with torch.no_grad():
            states = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        for at, vector in zip(members, torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))):
            vectors[at] = vector
    return torch.stack(vectors).numpy()


learned, asked = rows(train), rows(test)
if int(shots) > 0:
    random.Random(int(seed)).shuffle(learned)
    taken = {}
    for row in learned:
        taken.setdefault(row["label"], []).append(row)
    learned = [row for several in taken.values() for row in several[:int(shots)]]
head = LogisticRegression(C=10, max_iter=300).fit(embed([row["text"] for row in learned]), [row["label"] for row in learned])
given = head.predict(embed([row["text"] for row in asked]))
inside = [(row["label"] == label) for row, label in zip(asked, given) if row["label"] != out_of_scope]
outside = [(row["label"] == label) for row, label in zip(asked, given) if row["label"] == out_of_scope]
print(json.dumps({"accuracy": sum(inside + outside) / len(asked), "inScope": sum(inside) / max(len(inside), 1), "recall": sum(outside) / len(outside) if outside else None}))
