#!/usr/bin/env python3
"""The workloads of `make bench` in JAX: one compiled step a call ("step"), and the whole loop compiled ("loop").

On its own it prints a table. `make bench` starts it with --worker and asks for one slice at a time, as it does with
pytorch_gan.py. "step" is what a training loop in Python does, which looks at the loss after each step; "loop" runs a
hundred steps in one lax.fori_loop, which is as fast as JAX gets and lets nobody look in between.

What is done for JAX's speed: the whole step is one function under jit, with the parameters and Adam's moments donated;
the gradients of the generator pass the discriminator as a constant.
"""
import os
import statistics
import sys
import time

import jax
import jax.numpy as jnp

WORKLOADS = {
    "tiny": dict(generator=[2, 16, 16, 2], discriminator=[2, 16, 16, 1], batch=64),
    "ring": dict(generator=[2, 128, 128, 2], discriminator=[2, 128, 128, 1], batch=256),
    "mnist": dict(
        generator=[64, 256, 512, 784], discriminator=[784, 512, 256, 1], batch=128, slope=0.2, tanh_output=True
    ),
    "penalty": dict(generator=[2, 128, 128, 2], discriminator=[2, 128, 128, 1], batch=256, lam=10.0),
}
STEPS = 100  # of the compiled loop


def mlp(sizes, key):
    """Pairs W [in, out], b [out], with PyTorch's default initialisation."""
    layers = []
    for inner, outer in zip(sizes, sizes[1:]):
        key, of_W, of_b = jax.random.split(key, 3)
        bound = inner**-0.5
        W = jax.random.uniform(of_W, (inner, outer), minval=-bound, maxval=bound)
        layers.append((W, jax.random.uniform(of_b, (outer,), minval=-bound, maxval=bound)))
    return layers


def forward(layers, x, slope, tanh_output=False):
    for W, b in layers[:-1]:
        u = x @ W + b
        x = jnp.where(u > 0, u, slope * u)
    W, b = layers[-1]
    return jnp.tanh(x @ W + b) if tanh_output else x @ W + b


def adam(parameters, gradients, moments, t, lr=1e-7, beta1=0.5, beta2=0.999, eps=1e-8):
    m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, moments[0], gradients)
    v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, moments[1], gradients)
    rate, root = lr / (1 - beta1**t), 1 / jnp.sqrt(1 - beta2**t)
    return jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) * root + eps), parameters, m, v), (m, v)


class Gan:
    def __init__(self, generator, discriminator, batch, slope=0.0, tanh_output=False, lam=0.0):
        keys = jax.random.split(jax.random.PRNGKey(1), 5)
        G, D = mlp(generator, keys[0]), mlp(discriminator, keys[1])
        real = jax.random.normal(keys[2], (batch, discriminator[0]))
        z = jax.random.normal(keys[3], (batch, generator[0]))
        e = jax.random.uniform(keys[4], (batch, 1))

        def D_loss(D, fake):
            r, f = forward(D, real, slope), forward(D, fake, slope)
            if not lam:
                return jax.nn.softplus(-r).mean() + jax.nn.softplus(f).mean()
            gradient = jax.grad(lambda x: forward(D, x, slope).sum())(e * real + (1 - e) * fake)
            norm = jnp.sqrt((gradient**2).sum(axis=1))
            return f.mean() - r.mean() + lam * ((norm - 1) ** 2).mean()

        def G_loss(f):
            return -f.mean() if lam else jax.nn.softplus(-f).mean()

        def step(state):
            G, D, of_G, of_D, t, _ = state
            t = t + 1
            fake, through_G = jax.vjp(lambda G: forward(G, z, slope, tanh_output), G)
            D, of_D = adam(D, jax.grad(D_loss)(D, fake), of_D, t)
            loss, dfake = jax.value_and_grad(lambda fake: G_loss(forward(D, fake, slope)))(fake)
            G, of_G = adam(G, through_G(dfake)[0], of_G, t)
            return G, D, of_G, of_D, t, loss

        def zeros(layers):
            return tuple(jax.tree.map(jnp.zeros_like, layers) for _ in range(2))

        self.state = (G, D, zeros(G), zeros(D), jnp.float32(0), jnp.float32(0))
        self.step = jax.jit(step, donate_argnums=0)
        self.loop = jax.jit(lambda state: jax.lax.fori_loop(0, STEPS, lambda _, s: step(s), state), donate_argnums=0)

    def run(self, mode):
        """Runs the compiled function once; how many steps that were."""
        self.state = (self.loop if mode == "loop" else self.step)(self.state)
        float(self.state[-1])  # waits for the loss
        return STEPS if mode == "loop" else 1


gans = {}


def slice_of(workload, mode, milliseconds):
    """Microseconds of one iteration, the mean over a slice of time."""
    if workload not in gans:
        gans[workload] = Gan(**WORKLOADS[workload])
    gan = gans[workload]
    gan.run(mode)  # compiles, the first time
    start = time.perf_counter()
    count = 0
    while True:
        count += gan.run(mode)
        elapsed = time.perf_counter() - start
        if elapsed >= milliseconds / 1000:
            return f"{elapsed / count * 1e6:.3f}"


def answer(workload, mode, milliseconds):
    try:
        return slice_of(workload, mode, float(milliseconds))
    except Exception as error:
        return f"failed: {type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"


def worker():
    print(jax.__version__, os.cpu_count(), flush=True)
    for line in sys.stdin:
        text = answer(*line.split())
        time.sleep(0.02)  # idle threads may spin for some milliseconds: not in the next competitor's time
        print(text, flush=True)


def table():
    print(f"JAX {jax.__version__}, {os.cpu_count()} processors, microseconds for one iteration")
    print(f"{'workload':<10}{'step':>12}{'loop':>12}")
    for name in WORKLOADS:
        times = [statistics.median(float(answer(name, mode, 200)) for _ in range(5)) for mode in ("step", "loop")]
        print(f"{name:<10}{times[0]:>12.1f}{times[1]:>12.1f}")


if __name__ == "__main__":
    worker() if "--worker" in sys.argv else table()
