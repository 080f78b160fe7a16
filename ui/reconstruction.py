"""What the tab Reconstruct says of a picture, as HTML."""

from html import escape

from ui.lab import SEPARATE, Inferred, Lab, Reconstruction
from ui.pictures import difference, figure, figures, histogram, named, number, pair, table
from vae_core.images import DOUBTS, to_pil

NO_POSTERIOR = (
    "A plain autoencoder has no q(z|x): it gives one point, without uncertainty, so there is no "
    "rate and no ELBO."
)
NO_SAMPLES = (
    "<p>No samples: a plain autoencoder gives one point, so there is nothing to draw from.</p>"
)
DENSITY = (
    "Of this model's Gaussian likelihood these are nats of a density over pixels in [0, 1], not of "
    "a probability: a density can be above 1, so the ELBO can be above 0 and the distortion below."
)


def exact_inference(lab: Lab, inferred: Inferred, model: str) -> str:
    """The true posterior in words, pictures and numbers."""
    config, numbers = lab.model(model).config, inferred.numbers
    modes, label = numbers["modes"], numbers.get("label")
    told = "|class" if config.conditional else ""
    shown = []
    for mode in modes:
        z1, z2 = mode["z"]
        place = pair((z1, z2))
        caption = f"{100 * mode['mass']:.0f} % at {place}"
        picture = lab.decode(z1, z2, model, label)
        shown.append(figure(picture, f"decoded at the mode {place}", caption, "mode"))
    gap = numbers["kl_q_p"]
    rows = [
        (
            f"log p(x{told})",
            number(numbers["log_prob"], 1),
            "nats",
            "exact: the sum over all codes, where the ELBO is a bound",
        ),
        (
            "ELBO",
            "—" if gap is None else number(numbers["elbo"], 1),
            "nats",
            "what the encoder's guess q(z|x) makes of it",
        ),
        (
            "KL(q ‖ p(z|x))",
            "—" if gap is None else number(gap, 2),
            "nats",
            "their difference: how far the guess is from the true posterior",
        ),
    ]
    return (
        "<h3>What Bayes' rule says</h3>"
        f'<p data-testid="verdict">{escape(_modes_in_words(inferred))}</p>'
        + figures(shown, "four")
        + table(rows, ("", "value", "unit", "meaning"), "numbers")
    )


def _modes_in_words(inferred: Inferred) -> str:
    """Whether the encoder found the modes, and why it may not."""
    count = len(inferred.numbers["modes"])
    several = (
        f"{count} separate codes explain this picture, each with more than {SEPARATE:.0%} of the "
        "true posterior; this is what the decoder paints there."
    )
    one = "One code explains this picture best; this is what the decoder paints there."
    modes = several if count > 1 else one
    if inferred.numbers["kl_q_p"] is None:
        return modes
    share = f"{100 * inferred.found:.0f} %"
    if inferred.found < 0.5:
        return (
            f"The encoder misses: only {share} of the true posterior lies near its guess. It maps "
            "every picture to a guess in a single step, and nothing corrects a guess that is far "
            f"off. {modes}"
        )
    if count > 1:
        return (
            f"{modes} The encoder's single Gaussian covers {share} of the true posterior; it "
            "cannot cover several modes."
        )
    return f"The encoder found it: {share} of the true posterior lies near its guess. {modes}"


def strangeness(lab: Lab, inferred: Inferred, model: str) -> str:
    """Where a picture stands among the test images."""
    percentile = inferred.numbers["percentile"]
    if inferred.numbers["doubt"]:
        verdict = "Nobody can say yet: the model may not have seen what you meant."
    elif percentile < 1:
        verdict = "Very strange: hardly any test image has so low a log p(x)."
    elif percentile < 5:
        verdict = "Strange: few test images have so low a log p(x)."
    elif percentile <= 95:
        verdict = "Ordinary: in the range of the test images."
    else:
        verdict = "Unusually probable, as simple pictures are; that does not make it typical."
    told = "|class" if lab.model(model).config.conditional else ""
    place = f"{percentile:.0f}\u00a0% of the test images have a lower log p(x{told})"
    words = f"Histogram of log p(x{told}) of the test images; {place}, at the mark."
    encodings = lab.encodings(model)
    return (
        "<h3>How strange is this picture?</h3>"
        f'<p data-testid="strangeness"><strong>{verdict}</strong> {place}.</p>'
        + histogram(encodings.log_prob, inferred.numbers["log_prob"], words)
        + _detection(lab.detects(model))
    )


def _detection(found: dict[str, float]) -> str:
    """How far log p(x) is to be trusted, for a model that was measured."""
    if not found:
        return ""
    from vae_core.evaluate import RELIABLE  # what it imports, the start can do without

    listed = ", ".join(f"{kind} {area:.2f}" for kind, area in found.items())
    unreliable = [kind for kind, area in found.items() if area < RELIABLE]
    where = (
        f"Not detected reliably, as it is below {RELIABLE}: {' and '.join(unreliable)}. The model "
        "explains such pictures almost as well as test images."
        if unreliable
        else "All of these are detected reliably."
    )
    return (
        '<p class="note">Measured, the chance that a strange picture has a lower log p(x) than a '
        f"test image (0.5 would be guessing): {escape(listed)}. {escape(where)}</p>"
    )


def pictures(lab: Lab, found: Reconstruction, model: str, label: str | None) -> str:
    """What the model saw of a picture, any doubt about that, and what it made of it."""
    seen, decoded = to_pil(found.seen), to_pil(found.decoded)
    ink = lab.model(model).config.preparation == "ink"
    signs = "blue added, orange missing" if ink else "blue brighter, orange darker"
    main = [
        figure(seen, "the picture as the model sees it", "as the model sees it", "seen"),
        figure(decoded, "the reconstruction", "reconstruction", "reconstruction"),
        figure(
            difference(found.seen, found.decoded),
            "the difference of the two",
            f"difference: {signs}",
            "difference",
        ),
    ]
    return (
        figures(main, "three")
        + _doubt(found)
        + (_class_read(lab, found, model, label) if label else "")
        + (NO_SAMPLES if found.numbers["std"] is None else _samples(found))
    )


def _doubt(found: Reconstruction) -> str:
    """Why the model may not have seen what was meant."""
    doubt = found.numbers["doubt"]
    if not doubt:
        return ""
    sentence = escape(DOUBTS[doubt])
    return f'<p class="doubt answered" role="status" data-testid="doubt">{sentence}</p>'


def _class_read(lab: Lab, found: Reconstruction, model: str, label: str) -> str:
    """As which class a conditional model took a picture, and its style in the class picked."""
    best = "lowest distortion" if found.numbers["elbo"] is None else "highest ELBO"
    read, picked = named(found.numbers["label"]), named(label)
    z1, z2 = found.numbers["mean"]
    styled = lab.decode(z1, z2, model, label)
    return (
        f'<p data-testid="read-as">Read as <strong>{escape(read)}</strong>, the class with the '
        f"{best}. The same code decoded as {escape(picked)}, the class picked above:</p>"
        + figures([figure(styled, f"the same code as {picked}", "", "styled")], "four")
    )


def _samples(found: Reconstruction) -> str:
    samples = [
        figure(to_pil(sample), f"sample {number} of 4")
        for number, sample in enumerate(found.samples, 1)
    ]
    return (
        "<p>Four samples, decoded from z ~ q(z|x): what else the encoder takes it for.</p>"
        + figures(samples, "four answered")
    )


def numbers_table(lab: Lab, found: Reconstruction, model: str) -> str:
    """The code of a picture and the parts of its ELBO, each with its unit and meaning."""
    numbers = found.numbers
    config, encodings = lab.model(model).config, lab.encodings(model)
    point = not config.probabilistic
    evidence = "log p(x|class)" if config.conditional else "log p(x)"
    likelihood = "−log p(x|z)" if point else "−E_q[log p(x|z)]"
    of_test_set = encodings.distortion if point else -(encodings.rate + encodings.distortion)
    average = f"; the test set averages {number(of_test_set.mean().item(), 1)}"
    rows = [
        (
            "mean" if not point else "code",
            pair(numbers["mean"], 2),
            "z units",
            "the code: where the encoder puts this picture on the map",
        ),
        (
            "standard deviation",
            "—" if point else pair(numbers["std"], 3),
            "z units",
            "how unsure the encoder is of each number",
        ),
        (
            "rate",
            "—" if point else number(numbers["rate"], 2),
            "nats",
            "information in the code: KL(q(z|x) ‖ p(z)), how far q is from the prior",
        ),
        (
            "distortion",
            number(numbers["distortion"], 1),
            "nats",
            f"what the reconstruction misses: {likelihood}, lower is better"
            + (average if point else ""),
        ),
        (
            "ELBO",
            "—" if point else number(numbers["elbo"], 1),
            "nats",
            f"−(rate + distortion), a lower bound of {evidence}: higher is more like the training "
            "images" + ("" if point else average),
        ),
    ]
    notes = [NO_POSTERIOR] * point + [DENSITY] * (config.likelihood == "gaussian")
    return table(rows, ("", "value", "unit", "meaning"), "numbers") + "".join(
        f'<p class="note">{note}</p>' for note in notes
    )
