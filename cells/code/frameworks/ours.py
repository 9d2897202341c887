"""The package itself, which draws the numbers of an experiment anew."""

from cells.code.framework import Framework

PROGRAM = """
# The same query gives the same weights and the same input everywhere. The sequence is padded; `length` is what counts.
experiment = cells.Experiment.from_query($query)
cell, xs, loss, length = cells.build(experiment)
adjoint = cells.backprop(cell, xs, loss, length=length)

norms = np.linalg.norm(adjoint.trajectory.states.h, axis=-1)
print("step", "norm of h", "log10 norm of dL/dh", sep="\\t")
for step, row in enumerate(zip(norms[:length].tolist(), adjoint.log10_norm["h"][:length].tolist()), 1):
    print(step, *row, sep="\\t")
"""

FRAMEWORK = Framework(
    label="cells",
    packages=". (in the folder of Unrolled)",
    imports="import numpy as np\n\nimport cells",
    program=PROGRAM,
    order=10,
)
