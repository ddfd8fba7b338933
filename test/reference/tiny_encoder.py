"""Small random sentence encoders (BERT, MPNet) in Transformers' format: word pieces, embeddings, and PEFT's LoRA with its gradients."""
import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, PreTrainedTokenizerFast

ROOT = Path(__file__).parent.parent / "fixtures"
TEXTS = [
    "Send 250 euros to Ana.", "I'd like naïve café re-sending, please!", "", "你好 euros", "sendsendsend \t to\u200b ana's e.g. 1,000.50",
    "a longer message that goes on about how to send euros to ana and ana and ana, and then to ana once more, until it is long enough",
]
PIECES = ["send", "##send", "##ing", "euros", "euro", "##s", "to", "ana", "a", "##a", "na", "##ive", "cafe", "re", "please", "i", "d", "like", "longer",
          "message", "that", "go", "##es", "on", "about", "how", "and", "then", "once", "more", "until", "it", "is", "long", "enough", "好", "e", "g",
          "1", "000", "##00", "50", "250", "2", "##5", "##0", ",", ".", "'", "!", "-", "s"]
FAMILIES = {
    "bert": (BertModel, BertConfig, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], ["query", "key", "value", "dense"], {"type_vocab_size": 2}),
    "mpnet": (MPNetModel, MPNetConfig, ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"], ["q", "k", "v", "o", "dense"], {"relative_attention_num_buckets": 32}),
}
for family, (Model, Config, specials, targets, more) in FAMILIES.items():
    torch.manual_seed(5)
    folder = ROOT / f"tiny-{family}"
    vocabulary = {piece: at for at, piece in enumerate(specials + PIECES)}
    begin, end, pad = ("[CLS]", "[SEP]", "[PAD]") if family == "bert" else ("<s>", "</s>", "<pad>")
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{begin} $A {end}", special_tokens=[(begin, vocabulary[begin]), (end, vocabulary[end])])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=pad)
    config = Config(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=160,
                    pad_token_id=vocabulary[pad], initializer_range=0.3, **more)
    model = Model(config).eval()
    for name, parameter in model.named_parameters():  # biases and norms begin as 0 and 1, which would hide mistakes
        if parameter.dim() == 1:
            parameter.data += torch.randn_like(parameter) * 0.2
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))

    def embed(encoder, texts):
        inputs = fast(texts, return_tensors="pt", padding=True, truncation=True, max_length=128)
        inputs.pop("token_type_ids", None)
        states = encoder(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        return inputs["input_ids"], torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))

    lines = []
    for text in TEXTS:
        ids, vector = embed(model, [text])
        lines.append({"text": text, "ids": ids[0].tolist(), "embedding": vector[0].tolist()})
    tuned = get_peft_model(model, LoraConfig(r=3, lora_alpha=6, target_modules=targets, exclude_modules=["pooler.dense"]))
    for name, parameter in tuned.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter) * 0.2
    tuned.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    probe = torch.randn(len(TEXTS), 32)
    _, vectors = embed(tuned, TEXTS)
    (vectors * probe).sum().backward()
    gradients = {name.removeprefix("base_model.model.").replace(".default", ""): parameter.grad.flatten().tolist()
                 for name, parameter in tuned.named_parameters() if "lora_" in name}
    reference = {"texts": lines, "adapted": vectors.tolist(), "probe": probe.tolist(), "gradients": gradients}
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False))
    print(family, sum(p.numel() for p in model.parameters()))
