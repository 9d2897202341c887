"""What scripts on JAX share: the walk over the sequence, its gradient, and how JAX writes an activation."""

IMPORTS = """
import jax
import jax.numpy as jnp
import numpy as np
"""
IN_FLOAT64 = """
jax.config.update("jax_enable_x64", True)
"""

PROGRAM = '''
cell = cell_of(**jax.tree.map(jnp.asarray, weights))


def forward(probes):
    """The loss and every h. A probe of zeros is added to each h, so that its gradient is all of dL/dh."""

    def step(state, inputs):
        x, probe = inputs
$step
        return state, h

    _, hs = jax.lax.scan(step, $start, (jnp.asarray(xs), probes))
    return hs[$where].sum() / units**0.5, hs


units = weights["b"].shape[-1]
gradients, hs = jax.grad(forward, has_aux=True)(jnp.zeros((len(xs), units)))
norms, logs = jnp.linalg.norm(hs, axis=-1), jnp.log10(jnp.linalg.norm(gradients, axis=-1))
print("step", "norm of h", "log10 norm of dL/dh", sep="\\t")
for step, row in enumerate(zip(norms.tolist(), logs.tolist()), 1):
    print(step, *row, sep="\\t")
'''

ZEROS = "jnp.zeros(units)"
TWO_ZEROS = "(jnp.zeros(units), jnp.zeros(units))"

ACTIVATIONS = {
    "tanh": "jnp.tanh",
    "sigmoid": "jax.nn.sigmoid",
    "relu": "jax.nn.relu",
    "leaky_relu": "jax.nn.leaky_relu",
    "elu": "jax.nn.elu",
    "gelu": "lambda x: jax.nn.gelu(x, approximate=False)",
    "silu": "jax.nn.silu",
    "softsign": "jax.nn.soft_sign",
    "softplus": "jax.nn.softplus",
    "sin": "jnp.sin",
    "hard_tanh": "jax.nn.hard_tanh",
    "identity": "lambda x: x",
}
