#!/usr/bin/env python3
"""The workloads of `make bench` in PyTorch: eager with the fused Adam, and under torch.compile.

On its own it prints a table. `make bench` starts it with --worker and asks for one slice at a time, so that PyTorch
and Gantry take turns: it reads lines "WORKLOAD eager|compile MILLISECONDS" and answers each with the microseconds of one
iteration, or with "failed: REASON".

Data and noise are drawn once, as in tests/bench/engine_gan.cpp. What is done for PyTorch's speed: the fused Adam;
gradients only of the player whose turn it is (torch.autograd.grad with inputs); under compile, the losses with their
backward passes and the optimizers are compiled, and the discriminator is frozen in the generator's turn.
"""
import os
import statistics
import sys
import time

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import softplus

WORKLOADS = {
    "tiny": dict(generator=[2, 16, 16, 2], discriminator=[2, 16, 16, 1], batch=64),
    "ring": dict(generator=[2, 128, 128, 2], discriminator=[2, 128, 128, 1], batch=256),
    "mnist": dict(
        generator=[64, 256, 512, 784], discriminator=[784, 512, 256, 1], batch=128, slope=0.2, tanh_output=True
    ),
    "penalty": dict(generator=[2, 128, 128, 2], discriminator=[2, 128, 128, 1], batch=256, lam=10.0),
}


def mlp(sizes, slope, tanh_output=False):
    layers = []
    for i, (inner, outer) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inner, outer))
        if i + 2 < len(sizes):
            layers.append(nn.LeakyReLU(slope) if slope else nn.ReLU())
    if tanh_output:
        layers.append(nn.Tanh())
    return nn.Sequential(*layers)


class Gan:
    def __init__(self, generator, discriminator, batch, slope=0.0, tanh_output=False, lam=0.0, compiled=False):
        torch.manual_seed(1)
        self.lam = lam
        self.compiled = compiled
        self.G = mlp(generator, slope, tanh_output)
        self.D = mlp(discriminator, slope)
        options = dict(lr=1e-7, betas=(0.5, 0.999), fused=True)
        self.G_optimizer = torch.optim.Adam(self.G.parameters(), **options)
        self.D_optimizer = torch.optim.Adam(self.D.parameters(), **options)
        self.real = torch.randn(batch, discriminator[0])
        self.z = torch.randn(batch, generator[0])
        self.e = torch.rand(batch, 1)
        self.G_parameters = list(self.G.parameters())
        self.D_parameters = list(self.D.parameters())
        self.frozen = {name: p.detach() for name, p in self.D.named_parameters()}  # shares the numbers
        maybe_compile = torch.compile if compiled else lambda f: f
        self.generate = maybe_compile(self.G)
        self.D_loss = maybe_compile(self.discriminator_loss)
        self.G_loss = maybe_compile(self.generator_loss)
        self.D_step = maybe_compile(self.D_optimizer.step)
        self.G_step = maybe_compile(self.G_optimizer.step)

    def penalty(self, fake):
        points = self.e * self.real + (1 - self.e) * fake
        if self.compiled:  # torch.autograd.grad(create_graph) inside a compiled function is not supported
            slope = torch.func.grad(lambda x: self.D(x).sum())(points)
        else:
            points.requires_grad_(True)
            (slope,) = torch.autograd.grad(self.D(points).sum(), points, create_graph=True)
        return self.lam * ((slope.norm(dim=1) - 1) ** 2).mean()

    def discriminator_loss(self, fake):
        r, f = self.D(self.real), self.D(fake)
        if self.lam:
            return f.mean() - r.mean() + self.penalty(fake)
        return softplus(-r).mean() + softplus(f).mean()

    def generator_loss(self, fake):
        f = functional_call(self.D, self.frozen, (fake,)) if self.compiled else self.D(fake)
        return -f.mean() if self.lam else softplus(-f).mean()

    def iterate(self):
        fake = self.generate(self.z)
        loss = self.D_loss(fake.detach())
        for p, g in zip(self.D_parameters, torch.autograd.grad(loss, self.D_parameters)):
            p.grad = g
        self.D_step()

        loss = self.G_loss(fake)
        for p, g in zip(self.G_parameters, torch.autograd.grad(loss, self.G_parameters)):
            p.grad = g
        self.G_step()
        return loss.item()


gans = {}


def slice_of(workload, mode, milliseconds):
    """Microseconds of one iteration, the mean over a slice of time."""
    if (workload, mode) not in gans:
        gan = gans[workload, mode] = Gan(**WORKLOADS[workload], compiled=mode == "compile")
        for _ in range(10):
            gan.iterate()
    gan = gans[workload, mode]
    if isinstance(gan, str):
        return gan
    for _ in range(3):
        gan.iterate()
    start = time.perf_counter()
    count = 0
    while True:
        gan.iterate()
        count += 1
        elapsed = time.perf_counter() - start
        if elapsed >= milliseconds / 1000:
            return f"{elapsed / count * 1e6:.3f}"


def answer(workload, mode, milliseconds):
    try:
        return slice_of(workload, mode, float(milliseconds))
    except Exception as error:
        reason = f"failed: {type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
        gans[workload, mode] = reason
        return reason


def worker():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a compiler prints must not stand among the answers
    print(torch.__version__, torch.get_num_threads(), file=answers, flush=True)
    for line in sys.stdin:
        text = answer(*line.split())
        time.sleep(0.02)  # PyTorch's idle threads spin for some milliseconds: not in the next competitor's time
        print(text, file=answers, flush=True)


def table():
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, microseconds for one iteration")
    print(f"{'workload':<10}{'eager':>12}{'compile':>12}")
    for name in WORKLOADS:
        columns = []
        for mode in ("eager", "compile"):
            texts = [answer(name, mode, 200) for _ in range(5)]
            failed = texts[-1].startswith("failed")
            columns.append(texts[-1] if failed else f"{statistics.median(map(float, texts)):.1f}")
        print(f"{name:<10}{columns[0]:>12}{columns[1]:>12}")


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    worker() if "--worker" in sys.argv else table()
