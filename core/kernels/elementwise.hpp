// The loops: plain arrays in, plain arrays out, no shapes and no graph.
#pragma once

#include "core/kernels/threads.hpp"

namespace gantry::kernels {

// ------------------------------------------------------------------------------- one element to one element

void fill(Index n, Real value, Real* y);
void copy(Index n, const Real* x, Real* y);
void add(Index n, const Real* a, const Real* b, Real* y);
void subtract(Index n, const Real* a, const Real* b, Real* y);
void multiply(Index n, const Real* a, const Real* b, Real* y);
void divide(Index n, const Real* a, const Real* b, Real* y);
void add_number(Index n, const Real* x, Real number, Real* y);
void scale(Index n, const Real* x, Real factor, Real* y);

void exp(Index n, const Real* x, Real* y);
void log(Index n, const Real* x, Real* y);
void sqrt(Index n, const Real* x, Real* y);
void square(Index n, const Real* x, Real* y);
void pow(Index n, const Real* x, Real exponent, Real* y);
void abs(Index n, const Real* x, Real* y);
void tanh(Index n, const Real* x, Real* y);
void sigmoid(Index n, const Real* x, Real* y);
void softplus(Index n, const Real* x, Real* y);
void relu(Index n, const Real* x, Real* y);

void sigmoid_grad(Index n, const Real* dy, const Real* x, Real* dx);  // dy s(x) s(-x)
void relu_grad(Index n, const Real* dy, const Real* x, Real* dx);
void leaky_relu_grad(Index n, const Real* dy, const Real* x, Real slope, Real* dx);  // of dy = x: leaky_relu(x)

}  // namespace gantry::kernels
