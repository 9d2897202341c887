"""How the files of PyTorch here were made, with torch 2.13 (CPU): `python made_with_torch.py`. No test runs it."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent


class Net(nn.Module):
    """One of each."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, num_layers=2, bidirectional=True)
        self.gru = nn.GRU(2, 2)
        self.rnn = nn.RNN(2, 2, nonlinearity="relu")

    def forward(self, x):
        return self.lstm(x)[0], self.gru(x)[0], self.rnn(x)[0]


torch.manual_seed(0)
net, x = Net(), torch.randn(6, 2)
torch.save(net.state_dict(), HERE / "state_dict.pt")
torch.save(net.state_dict(), HERE / "older.pt", _use_new_zipfile_serialization=False)
torch.save(net.gru, HERE / "module.pt")
torch.jit.script(net.rnn).save(HERE / "script.pt")
np.savez(
    HERE / "torch_outputs.npz", x=x, **dict(zip(("lstm", "gru", "rnn"), (h.detach() for h in net(x)), strict=True))
)

optimiser = torch.optim.Adam(net.rnn.parameters())
net.rnn(x)[0].sum().backward()
optimiser.step()
weights = {f"module.rnn.{name}": value.bfloat16() for name, value in net.rnn.state_dict().items()}
torch.save({"epoch": 1, "state_dict": weights, "optimizer": optimiser.state_dict()}, HERE / "checkpoint.pt")

# Four tensors in one storage, told apart by offset and stride; a bias lies before the weights, one weight is turned.
row = torch.arange(100.0) / 100
torch.save(
    {
        "weight_ih_l0": row.as_strided((6, 2), (1, 6), 40),
        "weight_hh_l0": row[60:72].reshape(6, 2),
        "bias_ih_l0": row[10:16],
        "bias_hh_l0": row[0:6],
    },
    HERE / "shared.pt",
)
torch.save(nn.LSTM(2, 3, proj_size=2).state_dict(), HERE / "projection.pt")
quantised = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.LSTM(2, 3)), {nn.LSTM}, dtype=torch.qint8)
torch.save(quantised.state_dict(), HERE / "quantised.pt")
