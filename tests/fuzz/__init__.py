"""A fuzzer: damaged files, models and requests, each answered by a result or a sentence.

    damage.py    what happens to bytes of any kind
    headers.py   what happens to the headers of each format of pictures
    values.py    JSON values that nobody expects
    corpus.py    the whole pictures that damage starts from
    pictures.py  `images.prepare` and `images.to_mask`
    models.py    `load`, `load_encodings` and `load_history`
    endpoints.py the app's named endpoints, in this process and over HTTP
    cases.py     what a case is, and what is wrong with its answer
    worker.py    the process that tries one case after the other

`python -m tests.fuzz --help` says how to run it. Every case follows from the target, the seed and
the index alone. Nothing is written into the repository.
"""
