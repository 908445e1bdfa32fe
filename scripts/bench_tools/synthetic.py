"""Records made from a fixed seed, for those who have nothing but this repository.

Vectors that are uniformly random have no neighbours worth finding, and distinct clusters make searching too easy. These
come from overlapping clusters of unequal size, with few strong and many weak directions, as embeddings of text do.
"""
import numpy

DIMENSION, CLUSTERS, QUERIES, VOCABULARY = 384, 200, 500, 20_000
# With it hnswlib finds about as much as in real text: 0.98 of the ten nearest at ef_search 100.
NOISE = 2.0


def make(count):
    """Vectors, queries, documents and metadata, filters, words: the arguments of Data after its name."""
    generator = numpy.random.default_rng(1)
    strength = numpy.arange(1, DIMENSION + 1) ** -0.4
    centres = generator.standard_normal((CLUSTERS, DIMENSION)) * strength
    share = numpy.arange(1, CLUSTERS + 1) ** -0.5
    cluster = generator.choice(CLUSTERS, count + QUERIES, p=share / share.sum())
    noise = generator.standard_normal((count + QUERIES, DIMENSION)) * strength * NOISE
    vectors = centres[cluster] + noise
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    # Half precision, so that the numbers are as long in JSON as those of the real data.
    vectors = vectors.astype(numpy.float16).astype(numpy.float32)
    documents, words = _documents(generator, count)
    texts = documents, _metadatas(generator, cluster[:count], documents)
    filters = {
        "50%": {"active": False}, "10%": {"tenth": 8}, "1%": {"pct": "p55"}, "0.1%": {"mille": 3},
        "correlated, several clusters": {"source": "s1"}, "correlated, one cluster": {"category": "c10"},
    }
    return vectors[:count], vectors[count:], texts, filters, words


def _documents(generator, count):
    """Texts of about 200 bytes with words as unequally frequent as in a language; three of the words."""
    syllables = [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "u", "ar", "en", "il", "os", "um")]
    vocabulary = list(dict.fromkeys(
        "".join(generator.choice(syllables, length)) for length in generator.integers(1, 5, 2 * VOCABULARY)))
    # Frequent words are short, as in a language.
    vocabulary = sorted(vocabulary[:VOCABULARY], key=len)
    frequency = 1 / numpy.arange(1, len(vocabulary) + 1)
    drawn = generator.choice(len(vocabulary), (count, 34), p=frequency / frequency.sum())
    documents = [" ".join(vocabulary[word] for word in row[:length])
                 for row, length in zip(drawn, generator.integers(26, 35, count))]
    times = numpy.bincount(drawn.ravel(), minlength=len(vocabulary))
    rare = int(numpy.argmin(abs(times - count // 100)))
    # The last of those that are there twice: no other word is likely to contain so long a one.
    rarest = int(numpy.flatnonzero(times == min(2, times.max()))[-1])
    return documents, [f" {vocabulary[0]} ", vocabulary[rare], vocabulary[rarest]]


def _metadatas(generator, cluster, documents):
    random = generator.integers(0, 1000, (len(cluster), 5)).tolist()
    return [
        {"source": f"s{c % 5}", "category": f"c{c}", "length": len(document), "year": 1980 + r[0] % 45,
         "active": r[1] % 2 == 0, "tenth": r[2] % 10, "pct": f"p{r[3] % 100}", "mille": r[4]}
        for c, document, r in zip(cluster.tolist(), documents, random)]
