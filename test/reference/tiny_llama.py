"""A random Llama small enough to commit, as safetensors and as GGUF, with logits, loss, LoRA gradients and AdamW losses."""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter, TokenType
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

OUT = Path(__file__).parent.parent / "fixtures" / "tiny-llama"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEXT = "send money to a friend, block my card, what is my balance, 1234 euros, please start the flow set slot"


def permute(rows: torch.Tensor, heads: int) -> torch.Tensor:
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def tiny_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT, TEXT.title()], trainer)
    assert tokenizer.get_vocab_size() == 320
    return tokenizer


def write_gguf(model: LlamaForCausalLM, tokenizer: Tokenizer, path: Path) -> None:
    c = model.config
    w = GGUFWriter(path, "llama")
    w.add_name("tiny llama")
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_rope_freq_base(c.rope_theta)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    w.add_vocab_size(c.vocab_size)
    w.add_rope_dimension_count(c.hidden_size // c.num_attention_heads)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("smollm")
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    w.add_token_list(tokens)
    w.add_token_types([TokenType.CONTROL if t in SPECIAL else TokenType.NORMAL for t in tokens])
    w.add_token_merges([" ".join(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]])
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_add_bos_token(False)
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
             "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
             "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        part = name.removeprefix("model.").removesuffix(".weight")
        if part.startswith("layers."):
            layer, module = part.removeprefix("layers.").split(".", 1)
            if module.endswith("q_proj"):
                value = permute(value, c.num_attention_heads)
            if module.endswith("k_proj"):
                value = permute(value, c.num_key_value_heads)
            part = f"blk.{layer}.{names[module]}"
        else:
            part = {"embed_tokens": "token_embd", "norm": "output_norm"}[part]
        array = value.numpy()
        w.add_tensor(f"{part}.weight", array.astype(np.float32 if array.ndim == 1 else np.float16))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def greedy_answer(model: torch.nn.Module, prompt: torch.Tensor) -> dict | None:
    """24 tokens, or None where two were nearly as likely, so that every correct implementation must answer alike."""
    answer = prompt
    with torch.no_grad():
        for _ in range(24):
            last = model(input_ids=answer).logits[0, -1]
            first, second = torch.topk(last, 2).values.tolist()
            if first - second < 0.02:
                return None
            answer = torch.cat([answer, last.argmax().view(1, 1)], 1)
    return {"prompt": prompt[0].tolist(), "answer": answer[0, prompt.shape[1]:].tolist()}


def save_adapter(model: torch.nn.Module, rank: int, targets: list[str], folder: Path) -> torch.nn.Module:
    """The model with random LoRA adapters, which are saved below the folder as PEFT saves them."""
    tuned = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM"))
    tuned.peft_config["default"].base_model_name_or_path = folder.name
    with torch.no_grad():
        for name, p in tuned.named_parameters():
            if "lora_" in name:
                p.copy_(torch.randn_like(p) * 0.1)
    tuned.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    saved = json.loads((folder / "adapter" / "adapter_config.json").read_text())
    saved["target_modules"].sort()  # PEFT writes a set, in another order each time
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(saved, indent=2))
    return tuned


def save_reference(tuned: torch.nn.Module, base: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor, labels: torch.Tensor, folder: Path) -> float:
    """Logits without and with adapters, and the gradients of the loss, which is returned."""
    outcome = tuned(input_ids=ids, attention_mask=mask, labels=labels)
    outcome.loss.backward()
    grads = {n.replace(".default", ""): p.grad.clone() for n, p in tuned.named_parameters() if p.grad is not None}
    assert len(grads) == tuned.config.num_hidden_layers * 7 * 2
    save_file({"logits.base": base.contiguous(), "logits.lora": outcome.logits.detach().contiguous(), **grads}, folder / "reference.safetensors")
    return outcome.loss.item()


def main() -> None:
    torch.manual_seed(11)
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=320, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, rope_theta=100000.0, rms_norm_eps=1e-5, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
        attn_implementation="eager",
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():  # weights that half precision holds exactly, so that all files hold the same numbers
        for name, p in model.named_parameters():
            p.copy_(((1 + 0.2 * torch.randn_like(p)) if "norm" in name else torch.randn_like(p) * 0.15).half().float())
    tokenizer.save(str(OUT / "tokenizer.json"))
    config.save_pretrained(OUT)
    save_file({k: v.half().contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight"}, OUT / "model.safetensors", {"format": "pt"})
    write_gguf(model, tokenizer, OUT / "model.gguf")

    # Two sequences, the second padded at its end. The label at t is predicted from position t - 1, as Transformers shifts them;
    # the loss is the mean over all labels that are not -100.
    lengths = [24, 17]
    ids = torch.randint(3, 320, (2, 24))
    ids[1, 17:] = 2
    mask = torch.tensor([[1] * n + [0] * (24 - n) for n in lengths])
    labels = ids.clone()
    labels[:, :9] = -100
    labels[mask == 0] = -100
    with torch.no_grad():
        base = model(input_ids=ids, attention_mask=mask).logits
        base_loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss.item()

    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    tuned = save_adapter(model, 4, targets, OUT)
    lora_loss = save_reference(tuned, base, ids, mask, labels, OUT)

    greedy = next(g for n in range(4, 24) if (g := greedy_answer(tuned, ids[:1, :n])))

    optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = tuned(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    for path in OUT.rglob("*.safetensors"):
        path.chmod(0o644)
    (OUT / "reference.json").write_text(json.dumps({
        "ids": ids.tolist(), "lengths": lengths, "labels": labels.tolist(), "baseLoss": base_loss, "loraLoss": lora_loss,
        "greedy": greedy,
        "adamw": {"learningRate": 1e-2, "betas": [0.9, 0.999], "epsilon": 1e-8, "weightDecay": 0.01, "losses": losses},
    }, indent=1) + "\n")
    print(base_loss, lora_loss, losses)


if __name__ == "__main__":
    main()
