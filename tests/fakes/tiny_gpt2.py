"""A random GPT-2 and a byte-level BPE that fit in the eye, for the tests of generation."""

from dataclasses import replace

from core.spacefile import Checkpoint
from models.loaded import Loaded
from training.engine.bpe import as_gpt2, train_bpe

LAYERS, CONTEXT, VOCABULARY, END = 2, 64, 300, 0
TEXT = [
    "Once upon a time, there was a little red hen who lived in a small house by the river.",
    "The little hen said that the time was there. Every morning she went to the market again.",
] * 9


def tiny_gpt2(space, seed=0, end_bias=0.0, sharp=0.5):
    """Loaded, as the cache would give it; a larger `end_bias` ends texts sooner."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel, set_seed

    tokenizer = as_gpt2(train_bpe(TEXT, VOCABULARY), CONTEXT)
    assert len(tokenizer) == VOCABULARY
    assert tokenizer.eos_token_id == END
    state = torch.get_rng_state()
    set_seed(seed)
    config = GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=CONTEXT,
        n_embd=32,
        n_layer=LAYERS,
        n_head=2,
        initializer_range=sharp,
        bos_token_id=END,
        eos_token_id=END,
        pad_token_id=END,
        attn_implementation="eager",
        tie_word_embeddings=False,
    )
    model = GPT2LMHeadModel(config).eval()
    torch.set_rng_state(state)
    if end_bias:
        plain = model.lm_head
        model.lm_head = torch.nn.Linear(32, VOCABULARY, bias=True).eval()
        with torch.no_grad():
            model.lm_head.weight.copy_(plain.weight)
            model.lm_head.bias.zero_()
            model.lm_head.bias[END] = end_bias
    entry = Checkpoint(
        name="tiny-gpt2",
        title="Tiny GPT-2",
        tier="pocket",
        capabilities=("generation",),
        licence="none",
        parameters=0,
        layers=LAYERS,
        heads=2,
        path="none",
    )
    limits = replace(space.limits, new_tokens=100, beams=8, why_tokens=48)
    return Loaded(entry, tokenizer, model, limits)
