"""load_mnist finds the right digits, says where they came from, and never half uses a bad file."""

import gzip
import hashlib
import http.server
import io
import pickle
import re
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from helpers import download, mnist
from helpers.mnist import load_mnist
from tools.make_mnist_sample import FIRST_DIGIT, digest

SAMPLE_LINE = "MNIST: 4,000 digits to learn from, 1,000 to test; the course's own sample"
KEYS = ("x_train", "y_train", "x_test", "y_test")


def small_set(**changed):
    """Four arrays shaped as MNIST's, with 30 and 20 digits."""
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (30, 28, 28), dtype=np.uint8),
        "y_train": np.arange(30, dtype=np.uint8) % 10,
        "x_test": random.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_test": np.arange(20, dtype=np.uint8) % 10,
    }
    return {key: array for key, array in (arrays | changed).items() if array is not None}


def npz(**changed):
    """An .npz file with `small_set` as bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, **small_set(**changed))
    return file.getvalue()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty place for Keras' copy; a small set that counts as the complete one; no network."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("MNIST_PATH", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mnist, "ORIGIN", "http://127.0.0.1:9/mnist.npz")  # nobody listens there
    monkeypatch.setattr(mnist, "KERAS_SHA256", hashlib.sha256(npz()).hexdigest())
    monkeypatch.setattr(mnist, "KERAS_BYTES", len(npz()))
    monkeypatch.delenv("FASHION_MNIST_PATH", raising=False)
    monkeypatch.setattr(mnist, "FASHION_ORIGIN", "http://127.0.0.1:9/")
    monkeypatch.setattr(mnist, "FASHION_EACH", {"train": 3, "test": 2})
    return tmp_path / "keras" / "datasets" / "mnist.npz"


@pytest.fixture
def serve(monkeypatch):
    """A function that starts a web server which answers with the given bytes."""
    servers = []

    def start(content, length=None, status=200):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(length or len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        monkeypatch.setattr(mnist, "ORIGIN", f"http://127.0.0.1:{server.server_port}/mnist.npz")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def is_small_set(digits):
    return all(np.array_equal(getattr(digits, key), small_set()[key]) for key in KEYS)


def is_sample(digits):
    return len(digits.x_train) == 4000 and digest(digits.x_train[0]) == FIRST_DIGIT


def last_line(capsys):
    return capsys.readouterr().out.splitlines()[-1]


# The bundled sample


def test_sample_is_what_the_script_promises():
    digits = load_mnist("sample")
    assert np.bincount(digits.y_train).tolist() == [400] * 10
    assert np.bincount(digits.y_test).tolist() == [100] * 10
    assert digest(digits.x_train[0]) == FIRST_DIGIT
    assert digits.y_train[0] == 5
    both = np.concatenate([digits.x_train, digits.x_test])
    assert len({image.tobytes() for image in both}) == 5000  # none twice, none in both parts
    for labels in (digits.y_train, digits.y_test):  # shuffled, from the first to the last digit
        assert min(len(set(part)) for part in np.split(labels, len(labels) // 20)) > 4
    assert mnist.SAMPLE.stat().st_size < 1_000_000


def test_sample_has_not_changed():
    digits = load_mnist("sample")
    content = b"".join(getattr(digits, key).tobytes() for key in KEYS)
    assert hashlib.sha256(content).hexdigest() == (
        "e7e378a30bb512364a5b00224e993286f2c998af3902b6844b7e45691a478d0e"
    )


def test_missing_sample_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(mnist, "SAMPLE", tmp_path / "mnist_sample.npz")
    with pytest.raises(ValueError, match=r"No such file.*Fetch the course's files again\.$"):
        load_mnist("sample")


# A file that the reader names


@pytest.mark.parametrize("by", ["argument", "path", "variable"])
def test_named_file_is_used(by, tmp_path, monkeypatch, capsys):
    file = tmp_path / "my digits.npz"
    file.write_bytes(npz())
    if by == "variable":
        monkeypatch.setenv("MNIST_PATH", str(file))
    digits = load_mnist({"argument": str(file), "path": file, "variable": None}[by])
    assert is_small_set(digits)
    expected = "MNIST: 30 digits to learn from, 20 to test; from the file my digits.npz."
    assert capsys.readouterr().out == expected + "\n"
    assert repr(digits) == expected


def test_argument_wins_over_variable(monkeypatch):
    monkeypatch.setenv("MNIST_PATH", "/nowhere.npz")
    assert is_sample(load_mnist("sample"))


def test_variable_may_name_the_sample(monkeypatch):
    monkeypatch.setenv("MNIST_PATH", "sample")
    assert is_sample(load_mnist())


def test_labels_of_another_integer_type_are_allowed(tmp_path):
    (tmp_path / "a.npz").write_bytes(npz(y_train=np.arange(30) % 10))
    assert is_small_set(load_mnist(tmp_path / "a.npz"))


FOREIGN = {
    "no x_test": ({"x_test": None}, "has no x_test"),
    "one channel axis": ({"x_train": np.zeros((30, 28, 28, 1), np.uint8)}, "(30, 28, 28, 1)"),
    "other size": ({"x_test": np.zeros((20, 32, 32), np.uint8)}, "x_test"),
    "one number": ({"x_test": np.uint8(3)}, "x_test"),
    "scaled": ({"x_train": np.zeros((30, 28, 28))}, "uint8 of shape (N, 28, 28), not float64"),
    "empty": ({"x_test": np.zeros((0, 28, 28), np.uint8)}, "(0, 28, 28)"),
    "unequal lengths": ({"y_train": np.zeros(29, np.uint8)}, "each of the 30 images"),
    "one-hot labels": ({"y_test": np.zeros((20, 10), np.uint8)}, "y_test"),
    "fractional labels": ({"y_test": np.zeros(20)}, "float64"),
    "a label of 10": ({"y_test": np.arange(20) % 11}, "must be 0 to 9, not 0 to 10"),
    "a label of -1": ({"y_test": np.arange(20) % 3 - 1}, "must be 0 to 9, not -1 to 1"),
    "objects": ({"y_train": np.array([{}] * 30)}, "allow_pickle=False"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_foreign_arrays_are_refused(case, tmp_path):
    changed, words = FOREIGN[case]
    refused(tmp_path, npz(**changed), words)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x_train",
        pickle.dumps(small_set()),
        npz()[:-1],
        npz()[: len(npz()) // 2],
        b"\x93NUMPY",
    ],
    ids=["empty", "text", "pickle", "cut at the end", "cut in the middle", "npy"],
)
def test_what_is_no_npz_is_refused(content, tmp_path):
    refused(tmp_path, content, "it is damaged, or no .npz file")


def refused(folder, content, words):
    """`load_mnist` refuses a file in one sentence with `words`, and leaves it as it was."""
    file = folder / "mnist.npz"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        load_mnist(file)
    assert str(error.value).startswith(f"{file} cannot be used as MNIST: ")
    assert str(error.value).count(". ") == 1  # one sentence, and the way on
    assert file.read_bytes() == content


def test_no_single_wrong_byte_goes_unnoticed(tmp_path, capsys):
    tiny = {key: small_set()[key][:1] for key in KEYS}
    content = npz(**tiny)
    file = tmp_path / "mnist.npz"
    for place in range(0, len(content), 3):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            digits = load_mnist(file)
        except ValueError:
            continue
        assert all(np.array_equal(getattr(digits, key), tiny[key]) for key in KEYS)


@pytest.mark.parametrize("name", ["missing.npz", "."])
def test_missing_file_or_folder_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=r"(No such file|Is a directory).*Name another"):
        load_mnist(tmp_path / name)


def test_unreadable_file_is_refused(tmp_path, monkeypatch):
    def denied(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # the tests may run as root, who may read everything
    with pytest.raises(ValueError, match="mnist.npz cannot be used as MNIST: Permission denied"):
        load_mnist(tmp_path / "mnist.npz")


@pytest.mark.parametrize("path", [5, b"mnist.npz", ["mnist.npz"], True])
def test_path_must_be_text(path):
    with pytest.raises(TypeError, match="path must name a file"):
        load_mnist(path)


# Keras' copy and the download


def test_keras_copy_is_used(cache, capsys):
    cache.parent.mkdir(parents=True)
    cache.write_bytes(npz())
    assert is_small_set(load_mnist())
    assert last_line(capsys).endswith("; from Keras' cache.")


@pytest.mark.parametrize("content", [b"", npz()[:-9], npz(y_test=np.zeros(20, np.uint8))])
def test_another_file_in_keras_cache_is_left_alone(content, cache, serve, capsys):
    serve(npz())
    cache.parent.mkdir(parents=True)
    cache.write_bytes(content)
    assert is_sample(load_mnist())
    line = last_line(capsys)
    assert line.startswith(f"{SAMPLE_LINE}, because {cache} is damaged; delete it")
    assert cache.read_bytes() == content


def test_folder_in_keras_cache(cache, capsys):
    cache.mkdir(parents=True)
    assert is_sample(load_mnist())
    assert f"because {cache} cannot be read: " in last_line(capsys)


def test_download_is_kept_for_the_next_time(cache, serve, monkeypatch, capsys):
    serve(npz())
    assert is_small_set(load_mnist())
    assert last_line(capsys).endswith("; downloaded.")
    assert [file.name for file in cache.parent.iterdir()] == ["mnist.npz"]
    assert cache.read_bytes() == npz()
    monkeypatch.setattr(mnist, "ORIGIN", "http://127.0.0.1:9/mnist.npz")
    assert is_small_set(load_mnist())
    assert last_line(capsys).endswith("; from Keras' cache.")


def test_home_that_cannot_be_written(serve, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder can be made below a file, not even by root")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    serve(npz())
    assert is_small_set(load_mnist())
    assert re.search("; downloaded, but .* cannot be written.$", last_line(capsys))


def test_full_disk_leaves_nothing_behind(cache, serve, monkeypatch, capsys):
    def full(path, content):
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    serve(npz())
    assert is_small_set(load_mnist())
    assert "cannot be written" in last_line(capsys)
    assert list(cache.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"content": b"<html>Please log in</html>"}, "sent 26 bytes that are not MNIST"),
        ({"content": npz(y_test=np.zeros(20, np.uint8))}, "that are not MNIST"),
        ({"content": npz()[:5000], "length": len(npz())}, "sent 5,000 bytes that are not MNIST"),
        ({"content": b"", "status": 404}, "cannot be reached: HTTP Error 404: Not Found"),
    ],
    ids=["a login page", "another set", "cut off", "not there"],
)
def test_bad_download_is_not_kept(answer, words, cache, serve, capsys):
    serve(**answer)
    assert is_sample(load_mnist())
    line = last_line(capsys)
    assert line.startswith(f"{SAMPLE_LINE}, because 127.0.0.1 ") and words in line
    assert not cache.parent.exists()


def test_no_network(capsys):
    assert is_sample(load_mnist())
    assert "because 127.0.0.1 cannot be reached: [" in last_line(capsys)


def test_endless_download_is_cut(serve, capsys):
    serve(bytes(10_000_000))
    assert is_sample(load_mnist())
    taken = re.search(r"sent ([\d,]+) bytes that are not MNIST", last_line(capsys))[1]
    assert int(taken.replace(",", "")) < 1_000_000


def test_server_that_never_answers(monkeypatch, capsys):
    monkeypatch.setattr(download, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(mnist, "ORIGIN", f"http://127.0.0.1:{port}/mnist.npz")
        assert is_sample(load_mnist())
    assert "because 127.0.0.1 did not answer within 0.2 s" in last_line(capsys)


def test_name_server_that_never_answers(monkeypatch, capsys):
    answered = threading.Event()

    def silent(*arguments, **options):
        answered.wait()
        raise OSError("too late")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    monkeypatch.setattr(download, "SILENCE", 0.2)
    monkeypatch.setattr(mnist, "ORIGIN", "http://example.invalid/mnist.npz")
    assert is_sample(load_mnist())
    answered.set()
    assert "because example.invalid did not answer within 0.2 s" in last_line(capsys)


def test_download_that_takes_too_long(serve, monkeypatch, capsys):
    monkeypatch.setattr(download, "PATIENCE", 0)
    serve(npz())
    assert is_sample(load_mnist())
    assert re.search(r"because 127.0.0.1 sent too slowly: [\d,]+ bytes in 0 s", last_line(capsys))


def test_the_real_download_is_given_up_after_ten_seconds():
    assert download.SILENCE == 10 and download.PATIENCE == 60


# Fashion-MNIST: the same arrays in four files, in a folder, in Keras' cache or on the net


def idx(array):
    """An array in the form IDX, packed."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def four_files(**changed):
    """{file name: bytes} of `small_set`; `changed` may replace a file's bytes, or leave it out."""
    files = {mnist.FASHION_FILES[key]: idx(array) for key, array in small_set().items()}
    files |= {mnist.FASHION_FILES[key]: content for key, content in changed.items()}
    return {name: content for name, content in files.items() if content is not None}


def put(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def closet(cache):
    """Where Keras keeps Fashion-MNIST."""
    return cache.parent / "fashion-mnist"


@pytest.fixture
def serve_files(monkeypatch):
    """A function that starts a web server with these files; it returns what was asked for."""
    servers, asked = [], []

    def start(files):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path.rpartition("/")[2])
                content = files.get(asked[-1])
                self.send_response(404 if content is None else 200)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        address = f"http://127.0.0.1:{server.server_port}/files/"
        monkeypatch.setattr(mnist, "FASHION_ORIGIN", address)
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def is_fashion(clothes):
    return is_small_set(clothes) and clothes.names == mnist.CLOTHES


def test_names_of_digits_and_of_clothes(tmp_path):
    (tmp_path / "a.npz").write_bytes(npz())
    assert load_mnist(tmp_path / "a.npz").names == tuple("0123456789")
    clothes = load_mnist(tmp_path / "a.npz", fashion=True)
    assert [clothes.names[label] for label in (0, 1, 5, 7, 9)] == [
        "T-shirt/top",
        "Trouser",
        "Sandal",
        "Sneaker",
        "Ankle boot",
    ]
    assert len(set(clothes.names)) == 10


def test_names_of_clothes_are_those_of_keras():
    from keras.datasets import fashion_mnist

    table = re.findall(r"\|\s+(\d)\s+\| ([\w/ -]*\w)", fashion_mnist.load_data.__doc__)
    assert tuple(name for _, name in table) == mnist.CLOTHES


@pytest.mark.parametrize("by", ["file", "folder"])
@pytest.mark.parametrize("how", ["argument", "variable"])
def test_named_fashion_is_used(by, how, tmp_path, monkeypatch, capsys):
    if by == "file":
        named = tmp_path / "clothes.npz"
        named.write_bytes(npz())
    else:
        named = put(tmp_path / "clothes", four_files())
    if how == "variable":
        monkeypatch.setenv("FASHION_MNIST_PATH", str(named))
        clothes = load_mnist("fashion")
    else:
        clothes = load_mnist(str(named), fashion=True)
    assert is_fashion(clothes)
    expected = f"Fashion-MNIST: 30 pictures to learn from, 20 to test; from the {by} {named.name}."
    assert capsys.readouterr().out == expected + "\n"


def test_variables_of_digits_and_clothes_do_not_mix(tmp_path, monkeypatch):
    (tmp_path / "a.npz").write_bytes(npz())
    monkeypatch.setenv("FASHION_MNIST_PATH", str(tmp_path / "a.npz"))
    assert is_sample(load_mnist())
    monkeypatch.setenv("MNIST_PATH", "sample")
    assert is_fashion(load_mnist("fashion"))


def test_keras_copy_of_fashion_is_used(closet, capsys):
    put(closet, four_files())
    assert is_fashion(load_mnist("fashion"))
    assert last_line(capsys).endswith("; from Keras' cache.")


def test_fashion_is_downloaded_and_kept(closet, serve_files, capsys):
    asked = serve_files(four_files())
    assert is_fashion(load_mnist("fashion"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Downloading Fashion-MNIST (31 MB) from 127.0.0.1 ..."
    assert lines[1:] == ["Fashion-MNIST: 30 pictures to learn from, 20 to test; downloaded."]
    assert {file.name: file.read_bytes() for file in closet.iterdir()} == four_files()
    assert is_fashion(load_mnist("fashion")) and len(asked) == 4
    assert last_line(capsys).endswith("; from Keras' cache.")


def test_only_what_is_missing_is_downloaded(closet, serve_files, capsys):
    images = mnist.FASHION_FILES["x_train"]
    asked = serve_files(four_files())
    put(closet, four_files(x_train=None))
    assert is_fashion(load_mnist("fashion"))
    assert asked == [images] and (closet / images).read_bytes() == four_files()[images]


def test_fashion_where_nothing_can_be_kept(serve_files, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("no folder can be made below a file, not even by root")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    serve_files(four_files())
    assert is_fashion(load_mnist("fashion"))
    assert re.search("; downloaded, but .* cannot be written.$", last_line(capsys))


def no_fashion(words, capsys):
    """`load_mnist` says in a sentence why there is no Fashion-MNIST, and what to do."""
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        load_mnist("fashion")
    assert str(error.value).startswith("Fashion-MNIST cannot be had: ")
    assert str(error.value).endswith('load_mnist("fashion-mnist.npz", fashion=True).')
    assert "to learn from" not in capsys.readouterr().out


def test_no_fashion_without_network(closet, capsys):
    no_fashion("127.0.0.1 cannot be reached: [", capsys)
    assert not closet.exists()


def test_no_fashion_from_a_server_that_never_answers(monkeypatch, capsys):
    monkeypatch.setattr(download, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(mnist, "FASHION_ORIGIN", f"http://127.0.0.1:{port}/")
        no_fashion("127.0.0.1 did not answer within 0.2 s", capsys)


def test_the_time_is_for_all_four_files(serve_files, monkeypatch, capsys):
    monkeypatch.setattr(download, "PATIENCE", 0)
    asked = serve_files(four_files())
    no_fashion("bytes in 0 s", capsys)
    assert len(asked) == 1


DAMAGED = {
    "a login page": (b"<html>Please log in</html>", "train-images-idx3-ubyte.gz is damaged"),
    "empty": (b"", "train-images-idx3-ubyte.gz does not hold what its first bytes say"),
    "cut off": (four_files()["train-images-idx3-ubyte.gz"][:-9], "is damaged, or no .gz file"),
    "one wrong byte": (
        four_files()["train-images-idx3-ubyte.gz"][:-6] + b"......",
        "is damaged, or no .gz file",
    ),
    "too short inside": (
        gzip.compress(gzip.decompress(four_files()["train-images-idx3-ubyte.gz"])[:-1]),
        "does not hold what its first bytes say",
    ),
    "another type": (gzip.compress(bytes([0, 0, 13, 1, 0, 0, 0, 0])), "its first bytes say"),
    "only a few bytes": (gzip.compress(b"ab"), "its first bytes say"),
    "other images": (idx(np.zeros((30, 32, 32), np.uint8)), "not uint8 of shape (30, 32, 32)"),
    "too few images": (idx(np.zeros((29, 28, 28), np.uint8)), "each of the 29 images"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_fashion_is_not_kept(case, closet, serve_files, capsys):
    content, words = DAMAGED[case]
    serve_files(four_files(x_train=content))
    no_fashion("127.0.0.1 sent something else (", capsys)
    no_fashion(words, capsys)
    assert not closet.exists()


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_fashion_in_keras_cache_is_left_alone(case, closet, serve_files, capsys):
    content, words = DAMAGED[case]
    asked = serve_files(four_files())
    put(closet, four_files(x_train=content))
    no_fashion(f"{closet} is damaged; delete it, and the next call downloads it (", capsys)
    no_fashion(words, capsys)
    assert (closet / "train-images-idx3-ubyte.gz").read_bytes() == content and asked == []


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_fashion_in_a_named_folder_is_refused(case, tmp_path):
    content, words = DAMAGED[case]
    folder = put(tmp_path / "clothes", four_files(x_train=content))
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        load_mnist(folder, fashion=True)
    assert str(error.value).startswith(f"{folder} cannot be used as Fashion-MNIST: ")
    assert (folder / "train-images-idx3-ubyte.gz").read_bytes() == content


def test_other_labels_are_no_fashion(serve_files, closet, capsys):
    """MNIST's own files have the same names, but not as many of each label."""
    labels = small_set()["y_train"].copy()
    labels[0] = 1
    serve_files(four_files(y_train=idx(labels)))
    no_fashion("y_train does not name 3 of each kind", capsys)
    assert not closet.exists()


def test_missing_file_in_a_named_folder(tmp_path):
    folder = put(tmp_path / "clothes", four_files(y_test=None))
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte.gz cannot be read: No such file"):
        load_mnist(folder, fashion=True)


def test_missing_fashion_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="No such file.*Name another file, or a folder"):
        load_mnist(tmp_path / "missing.npz", fashion=True)
    with pytest.raises(TypeError, match="path must name a file"):
        load_mnist(5, fashion=True)
