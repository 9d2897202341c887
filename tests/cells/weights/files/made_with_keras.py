"""How the files of Keras here were made, with Keras 3.15 on JAX: `python made_with_keras.py`. No test runs it."""

import os
import zipfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np
from keras import layers

HERE = Path(__file__).parent
keras.utils.set_random_seed(1)
also = {"return_sequences": True, "bias_initializer": "normal"}
model = keras.Sequential(
    [
        keras.Input((None, 2)),
        layers.Bidirectional(layers.LSTM(2, recurrent_activation="hard_sigmoid", **also)),
        layers.GRU(2, **also),
        layers.GRU(2, reset_after=False, **also),
        layers.SimpleRNN(2, activation="relu", **also),
        layers.RNN(layers.LSTMCell(2), return_sequences=True),
    ]
)
h = np.random.default_rng(0).normal(size=(1, 6, 2)).astype("float32")
outputs = {"x": h[0]}
for layer in model.layers:
    h = np.asarray(layer(h))
    outputs[layer.name] = h[0]
np.savez(HERE / "keras_outputs.npz", **outputs)
model.save(HERE / "model.keras")
with zipfile.ZipFile(HERE / "model.keras") as packed:
    members = {name: packed.read(name) for name in packed.namelist()}
with zipfile.ZipFile(HERE / "model.keras", "w", zipfile.ZIP_DEFLATED) as smaller:
    for name, content in members.items():
        smaller.writestr(name, content)

one = keras.Sequential([keras.Input((None, 2)), layers.Bidirectional(layers.GRU(2, **also))])
one.save(HERE / "model.h5")
np.savez(HERE / "keras_bidirectional.npz", x=outputs["x"], h=np.asarray(one(outputs["x"][None]))[0])
