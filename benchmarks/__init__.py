"""Speed and quality, measured beside a baseline in the same run.

    quality     what a minute of training reaches, beside a bare script with as many seconds
    race        the same, beside a small GPT
    cells       what the same budget makes of several stacks of cells
    strategies  what one-to-one, many-to-one and one-to-many are worth, in equal time
    resets      what each reset is worth, in equal time
    adaptation  what a model gains by learning from what it reads
    reset_cost  what exact resets cost training
    scans       cells that are linear in their state, beside autograd and beside their own products
    output      what large vocabularies cost training, in time and in memory
    throughput  training, beside a bare loop over `nn.LSTM`
    generate    writing one sample, beside a bare loop over `nn.LSTM`
    many        samples side by side, beside one
    drafting    one-to-many models that propose and verify, beside the same symbol by symbol
    startup     from the start of a process to help, and to the first symbol
    encode      text to ids, beside the plain tokenizer
    words       words and byte pairs: speed, exactness, and quality beside characters
    code        source code: that it parses, what the grammar costs, exactness, speed and quality
    music       music: that it can be played, exactness, length in symbols, speed of reading and splitting
    blues       the blues of 2002: what resets leave to know, beside the exact floor
    prepare     a corpus to a store: speed and memory
    demo        from a fresh clone to names that did not exist before

`python -m benchmarks` runs them all, `python -m benchmarks.NAME` one; docs/benchmarks.md says what each figure means.
`python -m benchmarks.articles` makes the tables of docs/articles.md.
"""

NAMES = (
    "quality",
    "race",
    "cells",
    "strategies",
    "resets",
    "adaptation",
    "reset_cost",
    "scans",
    "output",
    "throughput",
    "generate",
    "many",
    "drafting",
    "startup",
    "encode",
    "words",
    "code",
    "music",
    "blues",
    "prepare",
    "demo",
)
