"""The classroom network and its training, as the cells of lesson 7 have them.

The lesson's cells are the source; this is the same for the bench and the tests, which train it
in ways that a lesson does not. A test compares the two.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from helpers import quiet_tensorflow, training_set  # noqa: E402 - found from any folder
from helpers.network import ENOUGH  # noqa: E402


def build_classroom(seed=7):
    """The network of the lesson, not yet compiled."""
    keras, layers = quiet_tensorflow().keras, quiet_tensorflow().keras.layers
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    kinds = ("first", 16, 5, 2), ("second", 32, 3, 1), ("third", 128, 3, 1)
    for name, filters, size, stride in kinds:
        model.add(layers.Conv2D(filters, size, stride, "same", use_bias=False, name=name))
        if name != "first":
            model.add(layers.MaxPooling2D(name=f"{name}_pool"))
        model.add(layers.BatchNormalization(momentum=0.9, name=f"{name}_norm"))
        model.add(layers.ReLU(name=f"{name}_relu"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dropout(0.3, name="dropout"))
    model.add(layers.Dense(10, activation="softmax", name="probabilities"))
    return model


def compile_classroom(model, batches):
    """Compile it for a training of so many batches: the learning rate rises, then falls to 0."""
    keras = quiet_tensorflow().keras
    rate = keras.optimizers.schedules.CosineDecay(
        0.001, 0.8 * batches, warmup_target=0.01, warmup_steps=0.2 * batches
    )
    adam = keras.optimizers.Adam(rate)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])


def train_classroom(digits, epochs=None, batch_size=128, seed=7, watch=None):
    """Build, compile and train it on an `Mnist`; return the model and what `fit` returns,
    with the `seconds` that it took.

    epochs: by default 1 for the complete set and 2 for the sample. watch: a function that gets
    the images and labels kept back and returns a callback, such as `helpers.watch_training`.
    """
    images, labels, *kept_back = training_set(digits)
    epochs = epochs or (1 if len(images) > ENOUGH else 2)
    model = build_classroom(seed)
    compile_classroom(model, epochs * -(-len(images) // batch_size))
    callbacks = [watch(*kept_back)] if watch else []
    begin = time.perf_counter()
    past = model.fit(images, labels, batch_size, epochs, verbose=0, callbacks=callbacks)
    past.seconds = time.perf_counter() - begin
    return model, past


def share_right(model, digits):
    """The share of test digits that the model reads right."""
    probabilities = model.predict(digits.x_test[..., None], batch_size=500, verbose=0)
    return float((probabilities.argmax(axis=1) == digits.y_test).mean())
