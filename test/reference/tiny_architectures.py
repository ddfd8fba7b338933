"""A tiny random model of each further architecture, with its tokenizer and conversation format, as tiny_llama.py makes one of Llama.

Each has what its family does differently: Llama 3 its stretched rotary positions and header tokens, Mistral heads of their own size and
a SentencePiece vocabulary, Qwen 2 biases on queries, keys and values, Qwen 3 norms over each query and key and an empty thought.
The conversation templates are written for these fixtures; they render as those of the families do.
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter, TokenType
from safetensors.torch import save_file
from tiny_llama import greedy_answer, permute, save_adapter, save_reference
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokens import PATTERN, TEXTS, table
from transformers import (AutoTokenizer, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, PreTrainedModel,
                          Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

OUT = Path(__file__).parent.parent / "fixtures"
LEARNED = "send money to a friend, block my card, what is my balance, 1234 euros, please start the flow set slot"
USER, ANSWER = "no flow\nuser: please send 12 euros", "start flow send\nset slot amount 12"
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

CHATML = """{%- if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nYou help.<|im_end|>\\n' }}{% endif %}
{%- for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
THINKING = """{%- for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}
{%- if message['role'] == 'assistant' %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{{ message['content'] + '<|im_end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}
{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}"""
HEADERS = """{{- bos_token }}{%- if date_string is defined %}{{ '<|start_header_id|>system<|end_header_id|>\\n\\n' + date_string + '<|eot_id|>' }}{% endif %}
{%- for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"""
INSTRUCTIONS = """{{- bos_token }}{%- for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Roles must alternate, beginning with the user') }}{% endif %}
{%- if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + '[/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"""


def byte_level(specials: list[str], digits: str, normalizer: normalizers.Normalizer | None, size: int, *, whole_words: bool, begin: str | None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole_words))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    split = pre_tokenizers.Split(Regex(PATTERN.replace("DIGITS", digits)), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size - len(specials), initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator([LEARNED, LEARNED.title()], trainer)
    # Special tokens come last, as in these families. A thought's marks are added tokens, but not special ones.
    tokenizer.add_tokens([AddedToken(name, special="think" not in name, normalized=False) for name in specials])
    if begin is not None:
        tokenizer.post_processor = processors.TemplateProcessing(single=f"{begin} $A", special_tokens=[(begin, tokenizer.token_to_id(begin))])
    return tokenizer


def sentence_piece(size: int) -> Tokenizer:
    """As Transformers converts a SentencePiece model: bytes for what it lacks, merges ordered by the score of what they make."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    fixed = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", *[f"<0x{byte:02X}>" for byte in range(256)]]
    trained.train_from_iterator([LEARNED, LEARNED.title()], trainers.BpeTrainer(vocab_size=size - len(fixed), show_progress=False))
    state = json.loads(trained.to_str())["model"]
    letters = [token for token in state["vocab"] if len(token) == 1]
    pieces = list(dict.fromkeys("".join(pair) for pair in state["merges"])) + letters
    vocab = {token: index for index, token in enumerate(fixed + pieces)}
    merges = [(piece[:cut], piece[cut:]) for piece in pieces for cut in range(1, len(piece)) if piece[:cut] in vocab and piece[cut:] in vocab]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in fixed[:5]])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def legacy(tokenizer: Tokenizer) -> Tokenizer:
    """The same vocabulary as older conversions have it: a space before whatever follows a special token, too."""
    older = Tokenizer.from_str(json.dumps({**json.loads(tokenizer.to_str()), "pre_tokenizer": None}))
    older.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return older


HEADERS_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
CHATML_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SIZES = {"hidden_size": 32, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 512, "attn_implementation": "eager"}

FAMILIES: dict[str, dict] = {
    "llama3": {
        "gguf": "llama", "pre": "llama-bpe", "model": LlamaForCausalLM, "begin": "<|begin_of_text|>", "end": "<|eot_id|>", "template": HEADERS,
        "tokenizer": lambda: byte_level(HEADERS_SPECIAL, r"\p{N}{1,3}", None, 320, whole_words=True, begin="<|begin_of_text|>"),
        "config": lambda: LlamaConfig(**SIZES, vocab_size=320, head_dim=16, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters={
            "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64}),
    },
    "mistral": {
        "gguf": "llama", "pre": None, "model": MistralForCausalLM, "begin": "<s>", "end": "</s>", "template": INSTRUCTIONS,
        "tokenizer": lambda: sentence_piece(384),
        "config": lambda: MistralConfig(**SIZES, vocab_size=384, head_dim=16, tie_word_embeddings=False, rms_norm_eps=1e-5, sliding_window=4096,
                                        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    },
    "qwen2": {
        "gguf": "qwen2", "pre": "qwen2", "model": Qwen2ForCausalLM, "begin": None, "end": "<|im_end|>", "template": CHATML,
        "tokenizer": lambda: byte_level(CHATML_SPECIAL, r"\p{N}", normalizers.NFC(), 320, whole_words=False, begin=None),
        "config": lambda: Qwen2Config(**SIZES, vocab_size=328, tie_word_embeddings=True, rms_norm_eps=1e-6,
                                      rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    },
    "qwen3": {
        "gguf": "qwen3", "pre": "qwen2", "model": Qwen3ForCausalLM, "begin": None, "end": "<|im_end|>", "template": THINKING,
        "tokenizer": lambda: byte_level([*CHATML_SPECIAL, "<think>", "</think>"], r"\p{N}", normalizers.NFC(), 320, whole_words=False, begin=None),
        "config": lambda: Qwen3Config(**SIZES, vocab_size=320, head_dim=24, tie_word_embeddings=False, rms_norm_eps=1e-6,
                                      rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
    },
}


def add_tokenizer(w: GGUFWriter, tokenizer: Tokenizer, family: dict, rows: int) -> None:
    vocab = tokenizer.get_vocab()
    tokens = sorted(vocab, key=vocab.get)
    tokens += [f"[PAD{n}]" for n in range(len(tokens), rows)]
    added = {t.content: t.special for t in tokenizer.get_added_tokens_decoder().values()}
    sentence = family["pre"] is None

    def kind(token: str) -> TokenType:
        if token not in vocab:
            return TokenType.UNUSED
        if token in added:
            return TokenType.UNKNOWN if token == "<unk>" else TokenType.CONTROL if added[token] else TokenType.USER_DEFINED
        return TokenType.BYTE if sentence and token.startswith("<0x") else TokenType.NORMAL

    w.add_tokenizer_model("llama" if sentence else "gpt2")
    w.add_token_list(tokens)
    w.add_token_types([kind(t) for t in tokens])
    if sentence:
        w.add_token_scores([0.0 if kind(t) != TokenType.NORMAL else float(261 - index) for index, t in enumerate(tokens)])
        w.add_add_space_prefix(True)
    else:
        w.add_tokenizer_pre(family["pre"])
        w.add_token_merges([" ".join(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]])
    w.add_eos_token_id(vocab[family["end"]])
    w.add_add_bos_token(family["begin"] is not None)
    if family["begin"] is not None:
        w.add_bos_token_id(vocab[family["begin"]])
    w.add_chat_template(family["template"])


def write_gguf(model: PreTrainedModel, tokenizer: Tokenizer, family: dict, path: Path) -> None:
    c, kind = model.config, family["gguf"]
    head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    w = GGUFWriter(path, kind)
    w.add_name("tiny")
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_key_length(head)
    w.add_value_length(head)
    w.add_rope_dimension_count(head)
    w.add_rope_freq_base(c.rope_parameters["rope_theta"])
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_vocab_size(c.vocab_size)
    add_tokenizer(w, tokenizer, family, c.vocab_size)
    if c.rope_parameters["rope_type"] == "llama3":
        plain = c.rope_parameters["rope_theta"] ** -(torch.arange(0, head, 2, dtype=torch.float64) / head)
        w.add_tensor("rope_freqs.weight", (plain / model.model.rotary_emb.inv_freq.double()).float().numpy())
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
             "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
             "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
             "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        part, what = name.removeprefix("model.").rsplit(".", 1)
        if part.startswith("layers."):
            layer, module = part.removeprefix("layers.").split(".", 1)
            if kind == "llama" and module.endswith(("q_proj", "k_proj")):
                value = permute(value, c.num_attention_heads if module.endswith("q_proj") else c.num_key_value_heads)
            part = f"blk.{layer}.{names[module]}"
        else:
            part = {"embed_tokens": "token_embd", "norm": "output_norm", "lm_head": "output"}[part]
        array = value.numpy()
        w.add_tensor(f"{part}.{what}", array.astype(np.float32 if array.ndim == 1 else np.float16))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def write_tokenizer(tokenizer: Tokenizer, family: dict, folder: Path) -> None:
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": family["end"], "chat_template": family["template"],
              **({} if family["begin"] is None else {"bos_token": family["begin"]})}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
    loaded = AutoTokenizer.from_pretrained(folder)
    user, answer = {"role": "user", "content": USER}, {"role": "assistant", "content": ANSWER}

    def rendered(messages: list[dict], **more: bool) -> dict:
        text = loaded.apply_chat_template(messages, tokenize=False, **more)
        return {"text": text, "ids": loaded(text, add_special_tokens=False)["input_ids"]}

    (folder / "chat.json").write_text(json.dumps({
        "user": USER, "answer": ANSWER, "template": family["template"],
        "prompt": rendered([user], add_generation_prompt=True, enable_thinking=False), "whole": rendered([user, answer]),
    }, indent=1) + "\n")
    rows = [json.dumps(row, ensure_ascii=True) for row in table(tokenizer, TEXTS)]
    (folder / "tokens.jsonl").write_text("\n".join(rows) + "\n")
    if family["pre"] is None:
        rows = [json.dumps(row, ensure_ascii=True) for row in table(legacy(tokenizer), TEXTS)]
        (folder / "tokens-legacy.jsonl").write_text("\n".join(rows) + "\n")


def exact_in_half(model: PreTrainedModel) -> None:
    with torch.no_grad():  # so that all files hold the same numbers
        for name, p in model.named_parameters():
            p.copy_(((1 + 0.2 * torch.randn_like(p)) if "norm" in name else torch.randn_like(p) * (0.3 if p.ndim == 1 else 0.2)).half().float())


def make(family: dict, folder: Path, seed: int) -> None:
    torch.manual_seed(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer, config = family["tokenizer"](), family["config"]()
    assert tokenizer.get_vocab_size() <= config.vocab_size, tokenizer.get_vocab_size()
    vocab = tokenizer.get_vocab()
    config.eos_token_id, config.bos_token_id, config.pad_token_id = vocab[family["end"]], vocab.get(family["begin"] or "", None), None
    model = family["model"](config).eval()
    exact_in_half(model)
    config.architectures = [family["model"].__name__]
    config.save_pretrained(folder)
    write_tokenizer(tokenizer, family, folder)
    save_file({k: v.half().contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight" or not config.tie_word_embeddings},
              folder / "model.safetensors", {"format": "pt"})
    write_gguf(model, tokenizer, family, folder / "model.gguf")

    lengths = [20, 13]
    ids = torch.randint(3, tokenizer.get_vocab_size(), (2, 20))
    mask = torch.tensor([[1] * n + [0] * (20 - n) for n in lengths])
    labels = ids.clone()
    labels[:, :7] = -100
    labels[mask == 0] = -100
    with torch.no_grad():
        base = model(input_ids=ids, attention_mask=mask).logits
        base_loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss.item()
    tuned = save_adapter(model, 2, TARGETS, folder)
    loss = save_reference(tuned, base, ids, mask, labels, folder)
    greedy = next(g for n in range(4, 20) if (g := greedy_answer(tuned, ids[:1, :n])))
    with tuned.disable_adapter():
        base_greedy = next(g for n in range(4, 20) if (g := greedy_answer(tuned, ids[:1, :n])))
    for path in folder.rglob("*.safetensors"):
        path.chmod(0o644)
    (folder / "reference.json").write_text(json.dumps({
        "ids": ids.tolist(), "lengths": lengths, "labels": labels.tolist(), "baseLoss": base_loss, "loraLoss": loss,
        "greedy": greedy, "baseGreedy": base_greedy,
    }) + "\n")
    print(folder.name, base_loss, loss, len(greedy["prompt"]))


if __name__ == "__main__":
    for seed, (name, family) in enumerate(FAMILIES.items()):
        make(family, OUT / f"tiny-{name}", 21 + seed)
